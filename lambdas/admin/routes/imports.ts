import {
  type ChangeAuthor,
  type ChangeStatus,
  ImportId,
  ImportKind,
  type ImportLineStatus,
  ImportPreview,
  type ImportResult,
  ImportSheet,
  type ImportStatus,
  PREVIEW_HOURS,
  Why,
} from '@swipegate/contract';
import { IMPORT_COLUMNS } from '@swipegate/contract/back-office/import-columns';
import { formatParameters, jsonOrCsv, sendCsv, wantsCsv } from '@swipegate/http/csv';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter, ProblemError, problemResponses, unknownId } from '@swipegate/http/problem-details';
import { requireAction, userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { ImportFiles } from '../../stores/changes/import-files.js';
import { type ImportOffers, ImportRequestTooLongError } from '../../stores/changes/import-offers.js';
import { type ImportPlace, newImportId } from '../../stores/changes/object-keys.js';
import { readChanges } from '../directory/changes.js';
import { type AdminRouteOptions, jsonResponse, SECURITY } from './admin-routes.js';

const Params = Type.Object({ importId: ImportId });
const Body = Type.Object(
  { kind: ImportKind, why: Why, preview: Type.Optional(ImportPreview), sheet: Type.Optional(ImportSheet) },
  { additionalProperties: false },
);
const Query = Type.Object(formatParameters);

const COLUMNS = ['line', 'state', 'changeId', 'code', 'field', 'reason'];

/** Routes that offer an upload of a file of people, cards or doors, apply a previewed one, and report each line's result. */
export function importRoutes(
  app: FastifyInstance,
  options: AdminRouteOptions & { imports: ImportFiles; offers: ImportOffers },
): void {
  const { dynamodb, tables, imports, offers } = options;

  app.post<{ Body: Type.Static<typeof Body> }>(
    '/v1/imports',
    {
      config: { action: 'imports.use' },
      schema: {
        summary: 'Import a file',
        description:
          'Returns an upload form. Each line is a separate change: an invalid line does not affect the others. With ' +
          '`preview` the file is only checked, until it is applied.',
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
      const user = userOf(request);
      requireAction(user, IMPORT_COLUMNS[request.body.kind].action);
      const { tenantId, userId, userName } = user;
      const importId = newImportId();
      const offer = offers
        .offer({ tenantId, importId }, { ...request.body, by: { userId, userName } }, Date.now())
        .catch(refuseTooLong);
      reply.code(201).header('location', `/v1/imports/${importId}`).header('cache-control', 'no-store');
      return await databaseAnswer(request, offer);
    },
  );

  app.get<{ Params: Type.Static<typeof Params>; Querystring: Type.Static<typeof Query> }>(
    '/v1/imports/:importId',
    {
      config: { action: 'imports.use' },
      schema: {
        summary: 'Read the result of an import',
        description:
          'Line by line, as JSON or CSV, of the preview or of the import. Without an upload in time, the state becomes expired.',
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
      const place = { tenantId, importId: request.params.importId };
      reply.header('cache-control', 'no-store').header('vary', 'accept');
      const status = await databaseAnswer(request, statusAt(place));
      requireKind(request, status);
      if (status.lines === undefined || !wantsCsv(request, request.query.format)) return status;
      const table = { fileName: `import-${place.importId}`, columns: COLUMNS, rows: status.lines };
      return sendCsv(reply, table, request.query);
    },
  );

  app.post<{ Params: Type.Static<typeof Params> }>(
    '/v1/imports/:importId/apply',
    {
      config: { action: 'imports.use' },
      schema: {
        summary: 'Apply a previewed import',
        description:
          `Within ${PREVIEW_HOURS} hours of the preview. The user who applies it is the author of its changes. A repeated ` +
          'request changes nothing.',
        tags: ['imports'],
        security: SECURITY,
        params: Params,
        response: {
          202: jsonResponse('The import', 'ImportStatus'),
          ...problemResponses(400, 401, 403, 404, 409, 410, 503),
        },
      },
    },
    async (request, reply) => {
      const { tenantId, userId, userName } = userOf(request);
      const place = { tenantId, importId: request.params.importId };
      const by = { userId, userName };
      reply.code(202).header('location', `/v1/imports/${place.importId}`).header('cache-control', 'no-store');
      const status = await databaseAnswer(request, statusAt(place));
      requireKind(request, status);
      return await databaseAnswer(request, applied(place, status, by));
    },
  );

  async function statusAt(place: ImportPlace): Promise<ImportStatus> {
    const result = await imports.result(place);
    if (result !== undefined) {
      const changeIds = result.lines.flatMap(({ changeId = [] }) => changeId);
      return statusOf(result, await readChanges(dynamodb, tables.TABLE_CHANGES, place.tenantId, changeIds));
    }
    const preview = await imports.preview(place);
    if (preview === undefined) return await unfinished(place);
    const isApproved = (await imports.approval(place)) !== undefined;
    return previewStatus(preview, isApproved);
  }

  /** @throws {ProblemError} `not-found` if no form was offered for the import, and what the SDK throws */
  async function unfinished(place: ImportPlace): Promise<ImportStatus> {
    const { importId } = place;
    if (await imports.isUploaded(place)) return { importId, state: 'uploaded' };
    const offer = await offers.offered(place);
    if (offer === undefined) throw unknownId('import', importId);
    return { importId, state: Date.parse(offer.expiresAt) <= Date.now() ? 'expired' : 'awaiting-upload' };
  }

  /** @throws {ProblemError} `import-not-ready`, `import-expired`, and what the SDK throws */
  async function applied(place: ImportPlace, status: ImportStatus, by: ChangeAuthor): Promise<ImportStatus> {
    const { importId, state, problem } = status;
    switch (state) {
      case 'previewed': {
        if (problem !== undefined) throw new ProblemError('import-not-ready', problem);
        const fileHash = (await imports.preview(place))?.fileHash ?? '';
        await imports.approve(place, { by, requestedAt: new Date().toISOString(), fileHash });
        return { ...status, state: 'applying' };
      }
      case 'expired':
        throw new ProblemError('import-expired', `The import ${importId} has expired. Upload the file again.`);
      case 'awaiting-upload':
      case 'uploaded':
        throw new ProblemError('import-not-ready', `The import ${importId} is ${state}: wait until it is previewed.`);
      default:
        return status;
    }
  }
}

/** The kind of a file is known once it was read. @throws {ProblemError} `role-not-allowed` */
function requireKind(request: FastifyRequest, { kind }: ImportStatus): void {
  if (kind !== undefined) requireAction(userOf(request), IMPORT_COLUMNS[kind].action);
}

function refuseTooLong(error: unknown): never {
  if (!(error instanceof ImportRequestTooLongError)) throw error;
  throw badParameter('why', 'is too long for an upload: shorten it to about 1,300 bytes of UTF-8');
}

function previewStatus(result: ImportResult, isApproved: boolean): ImportStatus {
  const { finishedAt, rows = [] } = result;
  const expiresMs = Date.parse(finishedAt) + PREVIEW_HOURS * 3_600_000;
  const state = isApproved ? 'applying' : expiresMs <= Date.now() ? 'expired' : 'previewed';
  const lines = result.lines.map(({ changeId, ...line }): ImportLineStatus => {
    return { ...line, state: changeId === undefined ? 'refused' : line.code === undefined ? 'valid' : 'doubtful' };
  });
  return { ...summaryOf(result, lines), state, expiresAt: new Date(expiresMs).toISOString(), rows, lines };
}

function statusOf(result: ImportResult, changes: ReadonlyMap<string, ChangeStatus>): ImportStatus {
  const lines = result.lines.map((line): ImportLineStatus => {
    if (line.changeId === undefined) return { ...line, state: 'refused' };
    const { state = 'accepted', code, reason } = changes.get(line.changeId) ?? {};
    return { ...line, state, ...(code && { code }), ...(reason && { reason }) };
  });
  const isSettling = lines.some(({ state }) => state === 'accepted' || state === 'stored');
  return { ...summaryOf(result, lines), state: isSettling ? 'settling' : 'done', lines };
}

/** Members that a preview and an import have in common. */
function summaryOf(
  { importId, kind, finishedAt, problem, blankLines = 0, notes = [] }: ImportResult,
  lines: readonly ImportLineStatus[],
): Omit<ImportStatus, 'state'> {
  const totals: Record<string, number> = blankLines === 0 ? {} : { blank: blankLines };
  for (const { state } of lines) totals[state] = (totals[state] ?? 0) + 1;
  return { importId, kind, finishedAt, ...(problem === undefined ? {} : { problem }), notes, totals };
}
