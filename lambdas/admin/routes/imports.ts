import {
  type ChangeStatus,
  ImportId,
  ImportKind,
  type ImportLineStatus,
  type ImportResult,
  type ImportStatus,
  Why,
} from '@swipegate/contract';
import { formatParameters, jsonOrCsv, sendCsv, wantsCsv } from '@swipegate/http/csv';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter, problemResponses, unknownId } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type ImportFiles, ImportRequestTooLongError } from '../../stores/changes/import-files.js';
import { type ImportPlace, newImportId } from '../../stores/changes/object-keys.js';
import { readChanges } from '../directory/changes.js';
import { userOf } from '../sign-in/authenticate.js';
import { type AdminRouteOptions, jsonResponse, SECURITY } from './admin-routes.js';

const Params = Type.Object({ importId: ImportId });
const Body = Type.Object({ kind: ImportKind, why: Why }, { additionalProperties: false });
const Query = Type.Object(formatParameters);

const COLUMNS = ['line', 'state', 'changeId', 'code', 'field', 'reason'];

/** Routes that offer an upload of a CSV file of employees or cards, and report the result of each line. */
export function importRoutes(app: FastifyInstance, options: AdminRouteOptions & { imports: ImportFiles }): void {
  const { dynamodb, tables, imports } = options;

  app.post<{ Body: Type.Static<typeof Body> }>(
    '/v1/imports',
    {
      config: { action: 'imports.write' },
      schema: {
        summary: 'Import a CSV file',
        description:
          'Returns an upload form. Each line is a separate change: an invalid line does not affect the others.',
        tags: ['imports'],
        security: SECURITY,
        body: Body,
        response: {
          201: jsonResponse('The upload', 'ImportUpload'),
          ...problemResponses(400, 401, 403, 503),
        },
      },
    },
    async (request, reply) => {
      const { tenantId, userId, userName } = userOf(request);
      const importId = newImportId();
      const offer = imports
        .offer({ tenantId, importId }, { ...request.body, by: { userId, userName } }, Date.now())
        .catch(refuseTooLong);
      reply.code(201).header('location', `/v1/imports/${importId}`).header('cache-control', 'no-store');
      return await databaseAnswer(request, offer);
    },
  );

  app.get<{ Params: Type.Static<typeof Params>; Querystring: Type.Static<typeof Query> }>(
    '/v1/imports/:importId',
    {
      config: { action: 'imports.write' },
      schema: {
        summary: 'Read the result of an import',
        description: 'Line by line, as JSON or CSV. Without an upload in time, the state becomes expired.',
        tags: ['imports'],
        security: SECURITY,
        params: Params,
        querystring: Query,
        response: {
          200: { description: 'The import', content: jsonOrCsv({ $ref: 'ImportStatus#' }) },
          ...problemResponses(400, 401, 403, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const { tenantId } = userOf(request);
      const { importId } = request.params;
      const result = await databaseAnswer(request, imports.result({ tenantId, importId }));
      reply.header('cache-control', 'no-store').header('vary', 'accept');
      if (result === undefined) return await databaseAnswer(request, unfinished(imports, { tenantId, importId }));
      const changeIds = result.lines.flatMap(({ changeId = [] }) => changeId);
      const lookup = readChanges(dynamodb, tables.TABLE_CHANGES, tenantId, changeIds);
      const status = statusOf(result, await databaseAnswer(request, lookup));
      if (!wantsCsv(request, request.query.format)) return status;
      const table = { fileName: `import-${importId}`, columns: COLUMNS, rows: status.lines ?? [] };
      return sendCsv(reply, table, request.query);
    },
  );
}

/** @throws {ProblemError} `not-found` if no form was offered for the import, and what the SDK throws */
async function unfinished(imports: ImportFiles, place: ImportPlace): Promise<ImportStatus> {
  const { importId } = place;
  if (await imports.isUploaded(place)) return { importId, state: 'uploaded' };
  const offer = await imports.offered(place);
  if (offer === undefined) throw unknownId('import', importId);
  return { importId, state: Date.parse(offer.expiresAt) <= Date.now() ? 'expired' : 'awaiting-upload' };
}

function refuseTooLong(error: unknown): never {
  if (!(error instanceof ImportRequestTooLongError)) throw error;
  throw badParameter('why', 'is too long for an upload: shorten it to about 1,300 bytes of UTF-8');
}

function statusOf(result: ImportResult, changes: ReadonlyMap<string, ChangeStatus>): ImportStatus {
  const { importId, kind, finishedAt, problem, blankLines = 0, notes = [] } = result;
  const lines = result.lines.map((line): ImportLineStatus => {
    if (line.changeId === undefined) return { ...line, state: 'refused' };
    const { state = 'accepted', code, reason } = changes.get(line.changeId) ?? {};
    return { ...line, state, ...(code && { code }), ...(reason && { reason }) };
  });
  const totals: Record<string, number> = blankLines === 0 ? {} : { blank: blankLines };
  for (const { state } of lines) totals[state] = (totals[state] ?? 0) + 1;
  const isSettling = lines.some(({ state }) => state === 'accepted' || state === 'stored');
  const state = isSettling ? 'settling' : 'done';
  return { importId, state, kind, finishedAt, ...(problem === undefined ? {} : { problem }), notes, totals, lines };
}
