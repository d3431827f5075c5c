import { randomBytes, randomUUID } from 'node:crypto';
import {
  BuildingId,
  CardId,
  DEFAULT_PAGE_ITEMS,
  DisplayName,
  EmployeeId,
  qrCardId,
  SetVisit,
  Timestamp,
  Visit,
  Why,
} from '@swipegate/contract';
import { plainText } from '@swipegate/contract/values/plain-text';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { linkNext, momentOf, pageParameters } from '@swipegate/http/list-parameters';
import { badParameter } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type AdminRouteOptions, changeRoute, pageResponses, SECURITY, WhyBody } from '../routes/admin-routes.js';
import { visitPage } from './visit-list.js';

const Params = Type.Object({ employeeId: EmployeeId });
type Params = Type.Static<typeof Params>;

const Search = Type.Object({
  buildingId: Type.Optional(BuildingId),
  endsFrom: Type.Optional({
    ...Timestamp,
    description: 'Visits that end at this time or later. Default: 24 hours ago, so that overdue visitors are listed',
  }),
  ...pageParameters,
});

const { hostId, buildingId, from, until, escortSeconds } = Visit.properties;
const VisitBody = Type.Object(
  {
    name: DisplayName,
    company: Type.Optional({ ...DisplayName, description: 'The visitor’s company' }),
    ...{ hostId, buildingId, from, until, escortSeconds },
    accessLevelIds: SetVisit.properties.accessLevelIds,
    why: Why,
  },
  { additionalProperties: false },
);
type VisitBody = Type.Static<typeof VisitBody>;

const CheckInBody = Type.Object(
  {
    cardId: Type.Optional({
      ...CardId,
      description: 'The card that the visitor gets. Without it, the change names a new `qr-…` id for a QR code',
    }),
    why: Why,
  },
  { additionalProperties: false },
);
type CheckInBody = Type.Static<typeof CheckInBody>;

const DAY_MS = 86_400_000;
/** 128 bits: the id of a QR code cannot be guessed. */
const QR_BYTES = 16;

/** Routes that plan visits, and check visitors in and out. */
export function visitRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  app.get<{ Querystring: Type.Static<typeof Search> }>(
    '/v1/visits',
    {
      config: { action: 'visits.read' },
      schema: {
        summary: 'List visits',
        description: 'Visits that have not ended and those of the last 24 hours, by their end.',
        tags: ['visits'],
        security: SECURITY,
        querystring: Search,
        response: pageResponses('VisitPage'),
      },
    },
    async (request, reply) => {
      const { limit = DEFAULT_PAGE_ITEMS, cursor, buildingId } = request.query;
      const nowMs = Date.now();
      const fromMs = momentOf('endsFrom', request.query.endsFrom) ?? nowMs - DAY_MS;
      const search = { endsFrom: new Date(fromMs).toISOString(), buildingId, limit, cursor, nowMs };
      const page = await databaseAnswer(request, visitPage(dynamodb, tables, userOf(request), search));
      linkNext(request, reply, page.nextCursor);
      return page;
    },
  );

  changeRoute<undefined, VisitBody>(app, changes, {
    method: 'POST',
    url: '/v1/visits',
    action: 'visits.write',
    schema: {
      summary: 'Plan a visit',
      description:
        'The change names the visitor’s new id in `content.employeeId`. A repeat with the same key has the same id.',
      tags: ['visits'],
      body: VisitBody,
    },
    contentOf: ({ body, headers }) => contentOf(`visit-${headers['idempotency-key'] ?? randomUUID()}`, body),
  });

  changeRoute<Params, VisitBody>(app, changes, {
    method: 'PUT',
    url: '/v1/visits/:employeeId',
    action: 'visits.write',
    isReplacing: true,
    schema: {
      summary: 'Replace the plan of a visit',
      description: 'A new window is in force at the visitor’s next swipe, with the card that they have.',
      tags: ['visits'],
      params: Params,
      body: VisitBody,
    },
    contentOf: ({ params: { employeeId }, body }) => contentOf(employeeId, body),
  });

  changeRoute<Params, CheckInBody>(app, changes, {
    method: 'POST',
    url: '/v1/visits/:employeeId/check-in',
    action: 'visits.write',
    schema: {
      summary: 'Check a visitor in',
      description:
        'Hands the visitor a card that no one holds, or one of a visit that is over. The visitor counts as outside until ' +
        'their first swipe.',
      tags: ['visits'],
      params: Params,
      body: CheckInBody,
    },
    contentOf: ({ params: { employeeId }, body: { cardId = newQrCardId() } }) => ({
      type: 'check-in-visit',
      employeeId,
      cardId,
    }),
  });

  changeRoute<Params, WhyBody>(app, changes, {
    method: 'POST',
    url: '/v1/visits/:employeeId/check-out',
    action: 'visits.write',
    schema: {
      summary: 'Check a visitor out',
      description: 'The visitor is outside, the card opens nothing at once, and can go to the next visitor.',
      tags: ['visits'],
      params: Params,
      body: WhyBody,
    },
    contentOf: ({ params: { employeeId } }) => ({ type: 'check-out-visit', employeeId }),
  });
}

function newQrCardId(): string {
  return qrCardId(randomBytes(QR_BYTES).toString('hex'));
}

function contentOf(employeeId: string, body: VisitBody): Type.Static<typeof SetVisit> {
  const { why: _, name, accessLevelIds, company, ...visit } = body;
  const [fromMs, untilMs] = [momentOf('from', visit.from), momentOf('until', visit.until)];
  if (fromMs !== undefined && untilMs !== undefined && untilMs <= fromMs)
    throw badParameter('until', 'must be later than from');
  return {
    type: 'set-visit',
    employeeId,
    name: plainText(name),
    accessLevelIds,
    visit: { ...visit, ...(company === undefined ? {} : { company: plainText(company) }) },
  };
}
