import {
  ChangeStatus,
  compile,
  DisplayName,
  defaultTenant,
  EntryVersion,
  KeyId,
  OperatorKey,
  Tenant,
  Timestamp,
  timestampMs,
  Why,
} from '@swipegate/contract';
import { plainText } from '@swipegate/contract/values/plain-text';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { versionOf } from '../../stores/changes/entries.js';
import { readSiteRow, readSiteRows } from '../directory/site-rows.js';
import { type AdminRouteOptions, changeRoute, etagOf, readResponses, SECURITY, WhyQuery } from './admin-routes.js';
import { issueKeyRoute } from './issue-key.js';

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
      const { name, cardNumbers, threatLevels } = row;
      return { tenantId, name, cardNumbers, ...(threatLevels !== undefined && { threatLevels }), version };
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
      const lookup = readSiteRows(dynamodb, tables.TABLE_SITE, userOf(request).tenantId, 'operator-keys');
      const rows: unknown[] = await databaseAnswer(request, lookup);
      const items = rows
        .filter((row) => isOperatorKey(row))
        .map((row) => {
          const { keyId, name, issuedAt, notAfter } = row;
          return { keyId, name, issuedAt, notAfter, version: versionOf('operator-keys', row) };
        });
      return { items: items.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  );

  issueKeyRoute<undefined, IssueBody>(app, changes, {
    url: '/v1/operator-keys',
    action: 'operator-keys.write',
    schema: { summary: 'Issue an operator’s key', tags: ['tenant'], body: IssueBody },
    answer: 'OperatorKeyIssued',
    contentOf: ({ body: { name, notAfter } }, key) => {
      if (notAfter !== undefined && !(timestampMs(notAfter) > Date.now())) {
        throw badParameter('notAfter', 'must be an existing date and time in the future');
      }
      const end = notAfter === undefined ? {} : { notAfter };
      return { type: 'issue-operator-key', ...key, name: plainText(name), ...end };
    },
  });

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
