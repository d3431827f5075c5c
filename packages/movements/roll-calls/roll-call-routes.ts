import {
  countedTicks,
  type MusterEntry,
  PostedTicks,
  type RollCall,
  RollCallId,
  RollCallList,
  RollCall as RollCallSchema,
  RollCallView,
  rollCallState,
  StartRollCall,
  TicksTaken,
  Why,
} from '@swipegate/contract';
import { formatParameters, jsonOrCsv, sendCsv, wantsCsv } from '@swipegate/http/csv';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { problemResponses, unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { RollCalls } from './roll-calls.js';

const Params = Type.Object({ rollCallId: RollCallId });
type Params = Type.Static<typeof Params>;
const ViewQuery = Type.Object({
  since: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z~[0-9a-f]{16}$',
      description: '`version` of an earlier answer: returns only what has changed since',
    }),
  ),
  ...formatParameters,
});
const EndBody = Type.Object({ why: Why }, { additionalProperties: false });

const COLUMNS = ['name', 'employeeId', 'cardId', 'zoneId', 'since', 'state', 'by', 'at', 'where', 'asOf'];

/** Schemas that the routes refer to. */
export const ROLL_CALL_SCHEMAS = [RollCallSchema, RollCallList, RollCallView, TicksTaken];

/** Routes of roll calls. The caller authenticates users. */
export function rollCallRoutes(
  app: FastifyInstance,
  { rollCalls, security }: { rollCalls: RollCalls; security: readonly Readonly<Record<string, readonly string[]>>[] },
): void {
  const tags = ['roll calls'];

  app.get(
    '/v1/roll-calls',
    {
      config: { action: 'muster.read' },
      schema: {
        summary: 'List the roll calls',
        description: 'All open ones, then the latest 50 ended ones.',
        tags,
        security,
        response: { 200: { description: 'Roll calls', $ref: 'RollCallList#' }, ...problemResponses(401, 403, 503) },
      },
    },
    async (request): Promise<RollCallList> => {
      return { items: await databaseAnswer(request, rollCalls.list(userOf(request).tenantId)) };
    },
  );

  app.post<{ Body: StartRollCall }>(
    '/v1/roll-calls',
    {
      config: { action: 'muster.write' },
      schema: {
        summary: 'Start a roll call',
        description:
          'Notes who is inside the building now. 201: a new roll call; 200: the building has an open one, which is the answer.',
        tags,
        security,
        body: StartRollCall,
        response: {
          200: { description: 'The open roll call', $ref: 'RollCall#' },
          201: { description: 'A new roll call', $ref: 'RollCall#' },
          ...problemResponses(400, 401, 403, 404, 503),
        },
      },
    },
    async (request, reply): Promise<RollCall> => {
      const { buildingId, why } = request.body;
      const { tenantId, ...by } = author(request);
      const pending = rollCalls.start(tenantId, { buildingId, why, by, nowMs: Date.now() });
      const started = await databaseAnswer(request, pending);
      if (started === undefined) throw unknownId('building', buildingId);
      const { rollCall, isNew } = started;
      if (isNew) request.log.info({ tenantId, rollCallId: rollCall.rollCallId, ...by }, 'roll call started');
      reply.code(isNew ? 201 : 200).header('location', `/v1/roll-calls/${rollCall.rollCallId}`);
      return rollCall;
    },
  );

  app.get<{ Params: Params; Querystring: Type.Static<typeof ViewQuery> }>(
    '/v1/roll-calls/:rollCallId',
    {
      config: { action: 'muster.read' },
      schema: {
        summary: 'Read a roll call',
        description:
          'Who was inside at the start, who has swiped out since, and the wardens’ ticks. Ask again with `since` every few ' +
          'seconds: the answer then has only what has changed. As CSV: one line a person, with the state and who ticked.',
        tags,
        security,
        params: Params,
        querystring: ViewQuery,
        response: {
          200: { description: 'The roll call', content: jsonOrCsv({ $ref: 'RollCallView#' }) },
          ...problemResponses(400, 401, 403, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const { tenantId } = userOf(request);
      const { rollCallId } = request.params;
      const { since, format } = request.query;
      const isCsv = wantsCsv(request, format);
      const pending = rollCalls.view(tenantId, rollCallId, { since: isCsv ? undefined : since, nowMs: Date.now() });
      const found = await databaseAnswer(request, pending);
      if (found === undefined) throw unknownId('roll call', rollCallId);
      const { namesError, ...view } = found;
      if (namesError !== undefined) request.log.warn({ err: namesError }, 'roll call sent without names');
      reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (!isCsv) return view;
      return sendCsv(reply, { fileName: rollCallId, columns: COLUMNS, rows: linesOf(view) }, request.query);
    },
  );

  app.post<{ Params: Params; Body: PostedTicks }>(
    '/v1/roll-calls/:rollCallId/ticks',
    {
      config: { action: 'muster.write' },
      schema: {
        summary: 'Tick people',
        description:
          'Several wardens tick at once. The latest tap of a person counts, by `at`. Send ticks again after a lost ' +
          'connection: each counts once. Ticks of an ended roll call are kept, and count if they were made before its end.',
        tags,
        security,
        params: Params,
        body: PostedTicks,
        response: {
          200: { description: 'Stored', $ref: 'TicksTaken#' },
          ...problemResponses(400, 401, 403, 404, 503),
        },
      },
    },
    async (request): Promise<TicksTaken> => {
      const { rollCallId } = request.params;
      const { ticks } = request.body;
      const { tenantId, ...by } = author(request);
      const pending = rollCalls.tick(tenantId, rollCallId, { ticks, by, nowMs: Date.now() });
      if (!(await databaseAnswer(request, pending))) throw unknownId('roll call', rollCallId);
      return { taken: ticks.length };
    },
  );

  app.post<{ Params: Params; Body: Type.Static<typeof EndBody> }>(
    '/v1/roll-calls/:rollCallId/end',
    {
      config: { action: 'muster.write' },
      schema: {
        summary: 'End a roll call',
        description: 'Keeps the counts and the list for auditors, for 90 days. An ended roll call stays as it is.',
        tags,
        security,
        params: Params,
        body: EndBody,
        response: {
          200: { description: 'The ended roll call', $ref: 'RollCall#' },
          ...problemResponses(400, 401, 403, 404, 503),
        },
      },
    },
    async (request): Promise<RollCall> => {
      const { rollCallId } = request.params;
      const { tenantId, ...by } = author(request);
      const pending = rollCalls.end(tenantId, rollCallId, { why: request.body.why, by, nowMs: Date.now() });
      const ended = await databaseAnswer(request, pending);
      if (ended === undefined) throw unknownId('roll call', rollCallId);
      request.log.info({ tenantId, rollCallId, ...by, counts: ended.counts }, 'roll call ended');
      return ended;
    },
  );
}

function author(request: FastifyRequest): { tenantId: string; userId: string; userName: string } {
  const { tenantId, userId, userName } = userOf(request);
  return { tenantId, userId, userName };
}

/** One line a person, those still sought included. */
function linesOf({ people = [], arrived = [], left = [], ticks, asOf }: RollCallView): Record<string, unknown>[] {
  const counted = countedTicks(ticks);
  const gone = new Set(left);
  const line = (person: MusterEntry, hasLeft: boolean) => {
    const tick = counted.get(person.cardId);
    return {
      ...person,
      state: rollCallState(tick, hasLeft),
      by: tick?.by.userName,
      at: tick?.at,
      where: tick?.where,
      asOf,
    };
  };
  return [...people.map((person, i) => line(person, gone.has(i))), ...arrived.map((person) => line(person, false))];
}
