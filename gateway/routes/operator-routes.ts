import {
  AcknowledgeAlarm,
  ALARM_TYPES,
  AlarmPage,
  AlarmStatus,
  CardId,
  DEFAULT_PAGE_ITEMS,
  DecisionPage,
  EventId,
  ExplainAlarm,
  ForgivePassback,
  LatestDenials,
  MOST_LATEST_DENIALS,
  Muster,
  Occupancy,
  PassbackForgiven,
  ReaderId,
  SilentReaderPage,
} from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';
import { boundInstant } from '@swipegate/contract/tables/row-keys';
import { namesIn } from '@swipegate/contract/values/names-in';
import { ALARM_ACTIONS, ALARM_FILTERS, type AlarmAction, takesAction } from '@swipegate/contract/wire/alarm-state';
import { databaseAnswer } from '@swipegate/http/database-answer';
import {
  linkHeader,
  linkNext,
  pageParameters,
  rangeOf,
  rangeParameters,
  refuseUnknownParameters,
} from '@swipegate/http/list-parameters';
import { ProblemError, problemResponses } from '@swipegate/http/problem-details';
import { historyRoutes, musterRoutes, occupancyRoutes } from '@swipegate/movements/movement-routes';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { LatestDenials as DenialStore } from '../decisions/latest-denials.js';
import { useJsonBody } from '../intake/parse-body.js';
import { OvertakenError } from '../queries/passback-forgiveness.js';
import type { Queries } from '../queries/queries.js';

const OPERATORS = { tags: ['operators'], security: [{ operatorKey: [] }, { accessToken: [] }] };

interface OperatorOptions extends Queries {
  latestDenials: DenialStore;
}

/** The caller adds authentication. */
export function operatorRoutes(app: FastifyInstance, options: { queries: Queries; latestDenials: DenialStore }): void {
  for (const schema of [
    AcknowledgeAlarm,
    AlarmPage,
    AlarmStatus,
    DecisionPage,
    ExplainAlarm,
    ForgivePassback,
    LatestDenials,
    Muster,
    Occupancy,
    PassbackForgiven,
    SilentReaderPage,
  ]) {
    app.addSchema(schema);
  }
  refuseUnknownParameters(app);
  useJsonBody(app);
  const own = { ...options.queries, latestDenials: options.latestDenials };
  const access = (action: Action) => ({
    ...own,
    tenantOf: (request: FastifyRequest) => principalOf(request).tenantId,
    security: OPERATORS.security,
    config: { action },
  });
  musterRoutes(app, access('muster.read'));
  historyRoutes(app, access('swipes.read'));
  occupancyRoutes(app, access('muster.read'));
  alarmRoutes(app, own);
  for (const action of namesIn(ALARM_ACTIONS)) moveAlarmRoute(app, action, own);
  latestDenialRoutes(app, own);
  silentReaderRoutes(app, own);
  forgivePassbackRoutes(app, own);
}

const AlarmQuery = Type.Object({
  state: Type.Optional(Type.Enum([...ALARM_FILTERS], { description: 'Only alarms in this state' })),
  type: Type.Optional(Type.Enum([...ALARM_TYPES], { description: 'Only alarms of this type' })),
  ...rangeParameters,
  ...pageParameters,
});

/** GET /v1/alarms: forced and held doors, tampering, duress. */
function alarmRoutes(app: FastifyInstance, { alarms }: OperatorOptions): void {
  app.get<{ Querystring: Type.Static<typeof AlarmQuery> }>(
    '/v1/alarms',
    {
      config: { action: 'alarms.read' },
      schema: {
        summary: 'Read the alarms',
        description:
          'Newest first by `occurredAt`. Default range: the last 24 hours. A page covers at most 400 days, and leaves out ' +
          'what the filters do not select, so it may be short or empty and still have a `nextCursor`.',
        ...OPERATORS,
        querystring: AlarmQuery,
        response: {
          200: { description: 'A page', headers: linkHeader, $ref: 'AlarmPage#' },
          ...problemResponses(400, 401, 403, 429, 503),
        },
      },
    },
    async (request, reply): Promise<AlarmPage> => {
      const { tenantId } = principalOf(request);
      const { limit = DEFAULT_PAGE_ITEMS, cursor, state, type } = request.query;
      const range = rangeOf(request.query);
      const pending = alarms(tenantId, { ...range, state, type, limit, cursor, nowMs: Date.now() });
      const { fromMs, toMs, ...page } = await databaseAnswer(request, pending);
      linkNext(request, reply, page.nextCursor);
      return { from: boundInstant(fromMs), to: boundInstant(toMs), ...page };
    },
  );
}

const AlarmParams = Type.Object({ readerId: ReaderId, eventId: EventId });

/** POST /v1/alarms/{readerId}/{eventId}/acknowledge, close or reopen. */
function moveAlarmRoute(app: FastifyInstance, action: AlarmAction, { moveAlarm }: OperatorOptions): void {
  const { title, from, to, needsNote } = ALARM_ACTIONS[action];
  app.post<{ Params: Type.Static<typeof AlarmParams>; Body: AcknowledgeAlarm }>(
    `/v1/alarms/:readerId/:eventId/${action}`,
    {
      config: { action: 'alarms.handle' },
      schema: {
        summary: title,
        description:
          `From ${from.join(' or ')} to ${to}. Only one of two who do this at once succeeds; the other gets 409 \`alarm-state\` ` +
          'with the name of the first. A repeat by the same user with the same note returns the state that is there.',
        ...OPERATORS,
        params: AlarmParams,
        body: { $ref: needsNote ? 'ExplainAlarm#' : 'AcknowledgeAlarm#' },
        response: {
          200: { description: 'The new state', $ref: 'AlarmStatus#' },
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    async (request): Promise<AlarmStatus> => {
      const { tenantId, keyId } = principalOf(request);
      const { readerId, eventId } = request.params;
      const { note } = request.body;
      const pending = moveAlarm(tenantId, { readerId, eventId, action, by: keyId, note, nowMs: Date.now() });
      const result = await databaseAnswer(request, pending);
      if (result === undefined) {
        const reason = 'is the event of no alarm at this reader';
        throw new ProblemError('not-found', `${eventId} ${reason}.`, { field: 'eventId', reason });
      }
      const { isMoved, status } = result;
      if (!isMoved) throw new ProblemError('alarm-state', refusal(action, status));
      request.log.info({ tenantId, keyId, readerId, eventId, state: status.state, note }, 'alarm changed');
      return status;
    },
  );
}

/** Says who set the state in which an alarm does not take an action. */
function refusal(action: AlarmAction, { state, steps }: AlarmStatus): string {
  const last = steps.at(-1);
  const who = last === undefined ? '' : ` by ${last.by} at ${last.at}`;
  const { from, to } = ALARM_ACTIONS[action];
  if (takesAction(state, action)) return `The alarm is ${state}${who}, and has been changed too often to become ${to}.`;
  return `The alarm is ${state}${who}. Only an alarm that is ${from.join(' or ')} can become ${to}.`;
}

const DEFAULT_DENIALS = 20;

const DenialQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_LATEST_DENIALS, default: DEFAULT_DENIALS })),
});

/** GET /v1/denials: the latest denials, with reasons. */
function latestDenialRoutes(app: FastifyInstance, { latestDenials }: OperatorOptions): void {
  app.get<{ Querystring: Type.Static<typeof DenialQuery> }>(
    '/v1/denials',
    {
      config: { action: 'swipes.read' },
      schema: {
        summary: 'Read the latest denials',
        description:
          `Newest first, at most ${MOST_LATEST_DENIALS}, since this gateway started. The events of a card, an employee or a ` +
          'reader reach further back.',
        ...OPERATORS,
        querystring: DenialQuery,
        response: { 200: { description: 'Denials', $ref: 'LatestDenials#' }, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) => {
      const { tenantId } = principalOf(request);
      const { limit = DEFAULT_DENIALS } = request.query;
      return { asOf: new Date().toISOString(), items: latestDenials.of(tenantId, limit) };
    },
  );
}

const DEFAULT_MINUTES = 15;

const SilentReaderQuery = Type.Object({
  minutes: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 525_600,
      default: DEFAULT_MINUTES,
      description: 'Silent for at least this long',
    }),
  ),
  ...pageParameters,
});

/** GET /v1/readers/silent: readers that may be broken or disconnected. */
function silentReaderRoutes(app: FastifyInstance, { silentReaders }: OperatorOptions): void {
  app.get<{ Querystring: Type.Static<typeof SilentReaderQuery> }>(
    '/v1/readers/silent',
    {
      config: { action: 'site.read' },
      schema: {
        summary: 'Read the silent readers',
        description:
          'Readers of the site without a processed swipe or door event (heartbeats included) for at least `minutes`, ' +
          'sorted by readerId. `heardAt` is accurate to 10 s.',
        ...OPERATORS,
        querystring: SilentReaderQuery,
        response: {
          200: { description: 'A page', headers: linkHeader, $ref: 'SilentReaderPage#' },
          ...problemResponses(400, 401, 403, 429, 503),
        },
      },
    },
    async (request, reply): Promise<SilentReaderPage> => {
      const { tenantId } = principalOf(request);
      const { minutes = DEFAULT_MINUTES, limit = DEFAULT_PAGE_ITEMS, cursor } = request.query;
      const nowMs = Date.now();
      const pending = silentReaders(tenantId, { minutes, limit, cursor, nowMs });
      const page = await databaseAnswer(request, pending);
      linkNext(request, reply, page.nextCursor);
      return { asOf: new Date(nowMs).toISOString(), minutes, ...page };
    },
  );
}

/** @throws {ProblemError} `lookup-unavailable` with the error's message if swipes overtook the write; else the error */
function overtaken(error: unknown): never {
  throw error instanceof OvertakenError
    ? new ProblemError('lookup-unavailable', error.message, { retryAfter: 1 })
    : error;
}

const CardParams = Type.Object({ cardId: CardId });

/** POST /v1/cards/{cardId}/forgive-passback: lets a cardholder who left without a swipe enter again. */
function forgivePassbackRoutes(app: FastifyInstance, { forgivePassback }: OperatorOptions): void {
  app.post<{ Params: Type.Static<typeof CardParams>; Body: ForgivePassback }>(
    '/v1/cards/:cardId/forgive-passback',
    {
      config: { action: 'passback.forgive' },
      schema: {
        summary: 'Forgive a card’s entry',
        description:
          'For a cardholder who left without a swipe: anti-passback ignores their entries up to now, even for a swipe ' +
          'that is being decided at this moment. The muster list does not change.',
        ...OPERATORS,
        params: CardParams,
        body: { $ref: 'ForgivePassback#' },
        response: {
          200: { description: 'Forgiven', $ref: 'PassbackForgiven#' },
          ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503),
        },
      },
    },
    async (request): Promise<PassbackForgiven> => {
      const { tenantId, keyId } = principalOf(request);
      const { cardId } = request.params;
      const { reason } = request.body;
      const pending = forgivePassback(tenantId, { cardId, keyId, nowMs: Date.now() });
      const forgivenAt = await databaseAnswer(request, pending.catch(overtaken));
      if (forgivenAt === undefined) {
        const reason = 'has never been presented';
        const detail = `The card ${cardId} ${reason}, so there is nothing to forgive.`;
        throw new ProblemError('not-found', detail, { field: 'cardId', reason });
      }
      request.log.info({ tenantId, keyId, cardId, forgivenAt, reason }, 'anti-passback forgiven');
      return { cardId, forgivenAt };
    },
  );
}
