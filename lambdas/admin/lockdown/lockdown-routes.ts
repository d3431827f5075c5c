import { randomUUID } from 'node:crypto';
import {
  ChangeId,
  compile,
  Lock,
  type Lockdown,
  MOST_LOCKS,
  Tenant,
  THREAT_LEVEL_ID,
  ThreatLevelName,
  Why,
} from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter, ProblemError, unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { lockFault } from '../../stores/lock-fault.js';
import { readLockdowns } from '../../stores/lockdowns.js';
import { SiteCache } from '../../stores/site-cache.js';
import { readChanges } from '../directory/changes.js';
import { readSiteRow } from '../directory/site-rows.js';
import { type AdminRouteOptions, changeRoute, readResponses, SECURITY, WhyQuery } from '../routes/admin-routes.js';

const Body = Type.Object(
  {
    locks: Type.Optional(
      Type.Array(Lock, {
        minItems: 1,
        maxItems: MOST_LOCKS,
        description: 'What to lock, and who may still pass. Leave out if `level` is given',
      }),
    ),
    level: Type.Optional({ ...ThreatLevelName, description: 'Threat level of the settings to put in force' }),
    why: Why,
  },
  { additionalProperties: false },
);
type Body = Type.Static<typeof Body>;
const Params = Type.Object({
  lockdownId: Type.Union([ChangeId, Type.Literal(THREAT_LEVEL_ID)], {
    description: 'Id of a lockdown, or `threat-level`',
  }),
});
type Params = Type.Static<typeof Params>;

const isTenant = compile(Tenant);

/** Routes of lockdowns and threat levels. Their changes are in force before the answer, whatever waits before them. */
export function lockdownRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  const { TABLE_SITE, TABLE_CHANGES } = tables;
  const sites = new SiteCache(dynamodb, { tableName: TABLE_SITE, maxAgeMs: 0 });

  /** Whether the change of this request exists already: a repeated end finds its lockdown gone. */
  async function isRepeated(request: FastifyRequest): Promise<boolean> {
    const changeId = request.headers['idempotency-key'];
    if (typeof changeId !== 'string') return false;
    const { tenantId } = userOf(request);
    const known = await databaseAnswer(request, readChanges(dynamodb, TABLE_CHANGES, tenantId, [changeId]));
    return known.size > 0;
  }
  const levelsOf = async (request: FastifyRequest) => {
    const { tenantId } = userOf(request);
    const row = await databaseAnswer(request, readSiteRow(dynamodb, TABLE_SITE, tenantId, 'tenant', tenantId));
    return isTenant(row) ? (row.threatLevels ?? []) : [];
  };

  app.get(
    '/v1/lockdowns',
    {
      config: { action: 'site.read' },
      schema: {
        summary: 'List the lockdowns in force',
        description: 'With the threat levels that can be set.',
        tags: ['lockdown'],
        security: SECURITY,
        response: readResponses('The lockdowns', 'LockdownList', 401, 403, 503),
      },
    },
    async (request, reply): Promise<{ items: Lockdown[]; levels: string[] }> => {
      const { tenantId } = userOf(request);
      const [items, levels] = await Promise.all([
        databaseAnswer(request, readLockdowns(dynamodb, TABLE_SITE, tenantId)),
        levelsOf(request),
      ]);
      reply.header('cache-control', 'no-store');
      return { items, levels: levels.map(({ level }) => level) };
    },
  );

  changeRoute<undefined, Body>(app, changes, {
    method: 'POST',
    url: '/v1/lockdowns',
    action: 'lockdown.set',
    schema: {
      summary: 'Lock down, or set a threat level',
      description:
        'In force within a second of the answer, at readers in mode free too. Going out stays free. A door is locked while ' +
        'any lockdown covers it; those pass who have the access level of each. A threat level replaces the one before. The ' +
        'changeId is the lockdownId; that of a threat level is `threat-level`.',
      tags: ['lockdown'],
      body: Body,
    },
    contentOf: async (request) => {
      const { locks, level } = request.body;
      if (level !== undefined) {
        if (locks !== undefined) throw badParameter('locks', 'must be left out: the threat level has its own');
        const levels = await levelsOf(request);
        const found = levels.find((each) => each.level === level);
        if (found === undefined) {
          const names = levels.map((each) => each.level).join(', ');
          throw badParameter(
            'level',
            names === '' ? 'is not in the settings, which have none' : `must be one of ${names}`,
          );
        }
        return { type: 'start-lockdown', lockdownId: THREAT_LEVEL_ID, level, locks: found.locks };
      }
      if (locks === undefined) throw badParameter('locks', 'is required, unless level is given; [{}] locks the site');
      const fault = lockFault(locks, await databaseAnswer(request, sites.siteOf(userOf(request).tenantId, [])));
      if (fault !== undefined) {
        const { field, reason } = fault;
        throw new ProblemError('bad-request', reason, { field, reason: 'is not part of the site' });
      }
      // So that the publisher takes it as the changeId, and a repeated request is the same one.
      request.headers['idempotency-key'] ??= randomUUID();
      return { type: 'start-lockdown', lockdownId: String(request.headers['idempotency-key']), locks };
    },
  });

  changeRoute<Params, undefined>(app, changes, {
    method: 'DELETE',
    url: '/v1/lockdowns/:lockdownId',
    action: 'lockdown.set',
    schema: {
      summary: 'End a lockdown',
      description: 'Each door has its own mode again within a second, unless another lockdown covers it.',
      tags: ['lockdown'],
      params: Params,
      querystring: WhyQuery,
    },
    contentOf: async (request) => {
      const { lockdownId } = request.params;
      const lookup = readLockdowns(dynamodb, TABLE_SITE, userOf(request).tenantId);
      const found = await databaseAnswer(request, lookup);
      if (!found.some((each) => each.lockdownId === lockdownId) && !(await isRepeated(request))) {
        throw unknownId('lockdown', lockdownId);
      }
      return { type: 'end-lockdown', lockdownId };
    },
  });
}
