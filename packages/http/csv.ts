import { csvText } from '@swipegate/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';

/** Query parameter of what can be had as CSV too. */
export const formatParameter = {
  format: Type.Optional(
    Type.Enum(['json', 'csv'], { description: 'Goes before the Accept header, which may ask for text/csv as well' }),
  ),
};

/** OpenAPI: what is answered in either form. */
export function jsonOrCsv(schema: object) {
  return {
    'application/json': { schema },
    'text/csv': { schema: { type: 'string', description: 'RFC 4180, with a header line' } },
  };
}

/** Whether a request wants CSV. A client that takes both equally gets JSON. */
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

export interface CsvTable {
  /** Without the .csv. */
  fileName: string;
  columns: readonly string[];
  rows: readonly Readonly<Record<string, unknown>>[];
}

/** Answers with a table. */
export function sendCsv(reply: FastifyReply, { fileName, columns, rows }: CsvTable): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '-')}.csv"`)
    .send(csvText(columns, rows));
}
