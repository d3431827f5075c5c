import { EmployeeId, Timestamp, Why, ZoneId } from '@swipegate/contract';
import { momentOf } from '@swipegate/http/list-parameters';
import { badParameter } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type AdminRouteOptions, changeRoute, WhyQuery } from './admin-routes.js';

const Params = Type.Object({ employeeId: EmployeeId, zoneId: ZoneId });
type Params = Type.Static<typeof Params>;

const PermitBody = Type.Object(
  {
    from: Type.Optional({ ...Timestamp, description: 'Inclusive. Default: now' }),
    until: { ...Timestamp, description: 'Exclusive. The permit ends by itself' },
    why: Why,
  },
  { additionalProperties: false },
);
type PermitBody = Type.Static<typeof PermitBody>;

/** Routes that let one person into one zone until a date. */
export function permitRoutes(app: FastifyInstance, { changes }: Pick<AdminRouteOptions, 'changes'>): void {
  changeRoute<Params, PermitBody>(app, changes, {
    method: 'PUT',
    url: '/v1/employees/:employeeId/permits/:zoneId',
    action: 'permits.write',
    schema: {
      summary: 'Let a person into a zone until a date',
      description:
        'At any hour, beside their access levels. Replaces their permit for the zone, if they have one. All other rules ' +
        'still apply. If-Match takes the ETag of the employee.',
      tags: ['access'],
      params: Params,
      body: PermitBody,
    },
    contentOf: ({ params, body: { why: _, ...times } }) => {
      const [fromMs, untilMs] = [momentOf('from', times.from), momentOf('until', times.until)];
      if (fromMs !== undefined && untilMs !== undefined && untilMs <= fromMs) {
        throw badParameter('until', 'must be later than from');
      }
      if (untilMs !== undefined && untilMs <= Date.now()) throw badParameter('until', 'must be in the future');
      return { type: 'permit-zone', ...params, ...times };
    },
  });

  changeRoute<Params, undefined>(app, changes, {
    method: 'DELETE',
    url: '/v1/employees/:employeeId/permits/:zoneId',
    action: 'permits.write',
    schema: {
      summary: 'Withdraw a permit',
      description: 'Before it ends by itself.',
      tags: ['access'],
      params: Params,
      querystring: WhyQuery,
    },
    contentOf: ({ params }) => ({ type: 'withdraw-permit', ...params }),
  });
}
