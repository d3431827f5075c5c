import { CSV_SEPARATORS, type CsvStyle, csvText, namesIn } from '@swipegate/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';

export const formatParameters = {
  format: Type.Optional(
    Type.Enum(['json', 'csv'], {
      description: 'Format of the answer; overrides the Accept header, which may also request text/csv',
    }),
  ),
  separator: Type.Optional(
    Type.Enum(namesIn(CSV_SEPARATORS), {
      default: 'comma',
      description: 'Character between the cells of a CSV. Excel expects a semicolon where a comma divides decimals',
    }),
  ),
  bom: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Whether a CSV begins with a byte-order mark. Excel needs it to show umlauts',
    }),
  ),
};

/** OpenAPI content of an answer in JSON or CSV. */
export function jsonOrCsv(schema: object) {
  return {
    'application/json': { schema },
    'text/csv': { schema: { type: 'string', description: 'RFC 4180 with a header line and the requested separator' } },
  };
}

/** Whether to answer in CSV. A client that accepts both equally gets JSON. */
export function wantsCsv(request: FastifyRequest, format: 'json' | 'csv' | undefined): boolean {
  if (format !== undefined) return format === 'csv';
  const weights = new Map(
    (request.headers.accept ?? '').split(',').map((range): [string, number] => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [type, weight === undefined ? 1 : Number(weight)];
    }),
  );
  return (weights.get('text/csv') ?? 0) > (weights.get('application/json') ?? 0);
}

interface CsvTable {
  /** Without `.csv`. */
  fileName: string;
  columns: readonly string[];
  rows: readonly Readonly<Record<string, unknown>>[];
}

/** Sends a table as an attachment. */
export function sendCsv(reply: FastifyReply, { fileName, columns, rows }: CsvTable, style: CsvStyle): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '-')}.csv"`)
    .send(csvText(columns, rows, style));
}
