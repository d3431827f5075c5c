import { randomUUID } from 'node:crypto';
import {
  ChangeStatus,
  compile,
  DisplayName,
  defaultTenant,
  EntryVersion,
  hashApiKey,
  KeyId,
  newApiKey,
  OperatorKey,
  Tenant,
  Timestamp,
  tenantKey,
  timestampMs,
  Why,
} from '@swipegate/contract';
import { plainText } from '@swipegate/contract/values/plain-text';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter } from '@swipegate/http/problem-details';
import { queryAll } from '@swipegate/http/query-rows';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { versionOf } from '../../stores/changes/entries.js';
import { readSiteRow } from '../directory/entries.js';
import { userOf } from '../sign-in/authenticate.js';
import {
  type AdminRouteOptions,
  accepted,
  ChangeHeaders,
  changeResponses,
  changeRoute,
  etagOf,
  expectedState,
  jsonResponse,
  readResponses,
  SECURITY,
  WhyQuery,
} from './admin-routes.js';

export const TenantSettings = Type.Object(
  {
    ...Tenant.properties,
    version: Type.Optional({ ...EntryVersion, description: 'Absent: nobody has changed the settings yet' }),
  },
  { $id: 'TenantSettings', description: 'Settings of the tenant' },
);

export const OperatorKeyList = Type.Object(
  { items: Type.Array(Type.Object({ ...OperatorKey.properties, version: EntryVersion })) },
  { $id: 'OperatorKeyList', description: 'The operators’ keys, without the keys themselves' },
);

export const OperatorKeyIssued = Type.Object(
  { ...ChangeStatus.properties, keyId: KeyId, key: Type.String({ description: 'Shown once. Keep it secret' }) },
  { $id: 'OperatorKeyIssued', description: 'A new key, and the change that issues it' },
);

const { tenantId: _, ...settable } = Tenant.properties;
const TenantBody = Type.Object({ ...settable, name: DisplayName, why: Why }, { additionalProperties: false });
type TenantBody = Type.Static<typeof TenantBody>;

const IssueBody = Type.Object(
  {
    name: { ...DisplayName, description: 'The program or the desk that uses the key' },
    notAfter: Type.Optional({ ...Timestamp, description: 'The key is rejected from this moment on. Default: never' }),
    why: Why,
  },
  { additionalProperties: false },
);
type IssueBody = Type.Static<typeof IssueBody>;
const KeyParams = Type.Object({ keyId: KeyId });
type KeyParams = Type.Static<typeof KeyParams>;

const isTenant = compile(Tenant);
const isOperatorKey = compile(OperatorKey);

/** Routes of the tenant's settings and of its operators' keys, with which programs read swipes and movements. */
export function tenantRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  app.get(
    '/v1/tenant',
    {
      config: { action: 'site.read' },
      schema: {
        summary: 'Read the tenant’s settings',
        description: 'Without a `version`, they are the defaults: create them with If-None-Match: *.',
        tags: ['tenant'],
        security: SECURITY,
        response: readResponses('The settings', 'TenantSettings', 401, 403, 503),
      },
    },
    async (request, reply) => {
      const { tenantId } = userOf(request);
      const lookup = readSiteRow(dynamodb, tables.TABLE_SITE, tenantId, 'tenant', tenantId);
      const row: unknown = await databaseAnswer(request, lookup);
      if (!isTenant(row)) return defaultTenant(tenantId);
      const version = versionOf('tenant', row);
      reply.header('etag', etagOf(version));
      return { tenantId, name: row.name, cardNumbers: row.cardNumbers, version };
    },
  );

  changeRoute<undefined, TenantBody>(app, changes, {
    method: 'PUT',
    url: '/v1/tenant',
    action: 'tenant.write',
    isReplacing: true,
    schema: {
      summary: 'Change the tenant’s settings',
      description: 'The form of card numbers cannot change while readers have a card format.',
      tags: ['tenant'],
      body: TenantBody,
    },
    contentOf: (request) => {
      const { why: _, name, ...members } = request.body;
      const { tenantId } = userOf(request);
      return { type: 'set-tenant', tenant: { tenantId, name: plainText(name), ...members } };
    },
  });

  app.get(
    '/v1/operator-keys',
    {
      config: { action: 'site.read' },
      schema: {
        summary: 'List the operators’ keys',
        description: 'By name. A key itself is shown once, when it is issued.',
        tags: ['tenant'],
        security: SECURITY,
        response: readResponses('The keys', 'OperatorKeyList', 401, 403, 503),
      },
    },
    async (request) => {
      const siteKey = tenantKey(userOf(request).tenantId, 'operator-keys');
      const rows: unknown[] = await databaseAnswer(
        request,
        queryAll(dynamodb, { tableName: tables.TABLE_SITE, key: ['siteKey', siteKey] }),
      );
      const items = rows
        .filter((row) => isOperatorKey(row))
        .map((row) => {
          const { keyId, name, issuedAt, notAfter } = row;
          return { keyId, name, issuedAt, notAfter, version: versionOf('operator-keys', row) };
        });
      return { items: items.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  );

  app.post<{ Body: IssueBody; Headers: ChangeHeaders }>(
    '/v1/operator-keys',
    {
      config: { action: 'operator-keys.write' },
      schema: {
        summary: 'Issue an operator’s key',
        description:
          'The key is returned only in this answer. A repeated request with the same Idempotency-Key gets a 409.',
        tags: ['tenant'],
        security: SECURITY,
        headers: ChangeHeaders,
        body: IssueBody,
        response: {
          ...changeResponses,
          202: jsonResponse('The key; valid as soon as the change is applied', 'OperatorKeyIssued'),
        },
      },
    },
    async (request, reply) => {
      const { name, notAfter, why } = request.body;
      if (notAfter !== undefined && !(timestampMs(notAfter) > Date.now())) {
        throw badParameter('notAfter', 'must be an existing date and time in the future');
      }
      const key = newApiKey();
      const keyId = `key-${randomUUID()}`;
      const content = {
        type: 'issue-operator-key',
        keyId,
        keyHash: hashApiKey(key),
        name: plainText(name),
        ...(notAfter === undefined ? {} : { notAfter }),
      } as const;
      const change = accepted(reply, await changes.publish(request, { why, expects: expectedState(request), content }));
      reply.header('cache-control', 'no-store');
      return { ...change, keyId, key };
    },
  );

  changeRoute<KeyParams, undefined>(app, changes, {
    method: 'DELETE',
    url: '/v1/operator-keys/:keyId',
    action: 'operator-keys.write',
    schema: {
      summary: 'Revoke an operator’s key',
      description: 'Gateways may accept it until their cached lookup expires (API_KEY_CACHE_MS).',
      tags: ['tenant'],
      params: KeyParams,
      querystring: WhyQuery,
    },
    contentOf: ({ params: { keyId } }) => ({ type: 'revoke-operator-key', keyId }),
  });
}
