import { ChangeStatus, compile, KeyId, ReaderId, Timestamp, Why } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ReaderKeys } from '../../change-apply/rules/facts.js';
import { readSiteRow } from '../directory/site-rows.js';
import { type AdminRouteOptions, changeRoute, readResponses, SECURITY, WhyQuery } from './admin-routes.js';
import { issueKeyRoute } from './issue-key.js';

const Params = Type.Object({ readerId: ReaderId });
type Params = Type.Static<typeof Params>;
const KeyParams = Type.Object({ readerId: ReaderId, keyId: KeyId });
type KeyParams = Type.Static<typeof KeyParams>;

export const IssueKeyBody = Type.Object(
  {
    overlapHours: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 24 * 30,
        default: 24,
        description: 'Hours for which the current keys stay valid alongside the new one',
      }),
    ),
    why: Why,
  },
  { additionalProperties: false },
);

export type IssueKeyBody = Type.Static<typeof IssueKeyBody>;

/** Returns when the keys before a new one end, RFC 3339. */
export function overlapEnd(overlapHours = 24): string {
  return new Date(Date.now() + overlapHours * HOUR_MS).toISOString();
}

export const ReaderKeyList = Type.Object(
  {
    items: Type.Array(
      Type.Object({ keyId: KeyId, issuedAt: Type.Optional(Timestamp), notAfter: Type.Optional(Timestamp) }),
    ),
  },
  { $id: 'ReaderKeyList', description: 'Keys of a reader: names and times only, never the keys themselves' },
);

export const ReaderKeyIssued = Type.Object(
  {
    ...ChangeStatus.properties,
    keyId: KeyId,
    key: Type.String({ description: 'The key, which is returned only this once' }),
  },
  { $id: 'ReaderKeyIssued', description: 'A new key, and the change that activates it' },
);

const isReaderKeys = compile(ReaderKeys);
const HOUR_MS = 3_600_000;

/** Routes that list, issue and revoke keys of readers. */
export function readerKeyRoutes(app: FastifyInstance, options: AdminRouteOptions): void {
  const { dynamodb, tables, changes } = options;

  app.get<{ Params: Params }>(
    '/v1/readers/:readerId/keys',
    {
      config: { action: 'site.read' },
      schema: {
        summary: 'List a reader’s keys',
        description: 'Names and times only: the keys themselves are not stored.',
        tags: ['readers'],
        security: SECURITY,
        params: Params,
        response: readResponses('The keys', 'ReaderKeyList', 400, 401, 403, 503),
      },
    },
    async (request) => {
      const { tenantId } = userOf(request);
      const { readerId } = request.params;
      const lookup = readSiteRow(dynamodb, tables.TABLE_SITE, tenantId, 'reader-keys', readerId);
      const row = await databaseAnswer(request, lookup);
      return { items: isReaderKeys(row) ? row.keys.map(({ keyHash, ...key }) => key) : [] };
    },
  );

  issueKeyRoute<Params, IssueKeyBody>(app, changes, {
    url: '/v1/readers/:readerId/keys',
    action: 'keys.write',
    schema: { summary: 'Issue a new key for a reader', tags: ['readers'], params: Params, body: IssueKeyBody },
    answer: 'ReaderKeyIssued',
    contentOf: async (request, key) => {
      const { readerId } = request.params;
      const lookup = readSiteRow(dynamodb, tables.TABLE_SITE, userOf(request).tenantId, 'readers', readerId);
      const reader = await databaseAnswer(request, lookup);
      if (reader?.['readerId'] === undefined) throw unknownId('reader', readerId);
      return { type: 'issue-reader-key', readerId, ...key, overlapUntil: overlapEnd(request.body.overlapHours) };
    },
  });

  changeRoute<KeyParams, undefined>(app, changes, {
    method: 'DELETE',
    url: '/v1/readers/:readerId/keys/:keyId',
    action: 'keys.write',
    schema: {
      summary: 'Revoke a reader’s key',
      description: 'Gateways may accept it until their cached lookup expires (API_KEY_CACHE_MS).',
      tags: ['readers'],
      params: KeyParams,
      querystring: WhyQuery,
    },
    contentOf: ({ params }) => ({ type: 'revoke-reader-key', ...params }),
  });
}
