import { setTimeout as delay } from 'node:timers/promises';
import { BuildingId, type Decision, decidedKey, tenantKey, ZoneId } from '@swipegate/contract';
import { refuseUnknownParameters } from '@swipegate/http/list-parameters';
import type { EmployeeNames } from '@swipegate/movements/muster-list';
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { LiveDecisions } from '../decisions/live-decisions.js';
import { EVENT_STREAM_RESPONSES, type EventStreamOptions, EventStreams } from './event-streams.js';

/** A page draws five times a second; more often is not seen, ms. */
const EVERY_MS = 200;
const MOST_NAMES = 20_000;
const NAME_AGE_MS = 60_000;

const Query = Type.Object({
  building: Type.Optional(BuildingId),
  zone: Type.Optional(ZoneId),
  outcome: Type.Optional(Type.Enum(['granted', 'denied', 'recorded'])),
});
type Query = Type.Static<typeof Query>;
const ResumeHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'Id of the last event received' })),
});

export interface LiveDecisionRouteOptions extends EventStreamOptions {
  live: LiveDecisions;
  names: EmployeeNames;
}

/** GET /v1/decisions/live: the tenant's decisions as server-sent events (WHATWG HTML 9.2), for those who watch the doors. */
export function liveDecisionRoutes(app: FastifyInstance, { live, names, ...options }: LiveDecisionRouteOptions): void {
  refuseUnknownParameters(app);
  const streams = new EventStreams(app, options);
  const known = new NameCache(names);

  app.get<{ Querystring: Query; Headers: Type.Static<typeof ResumeHeaders> }>(
    '/v1/decisions/live',
    {
      config: { action: 'swipes.read' },
      schema: {
        summary: 'Follow the decisions of all readers',
        description:
          'Server-sent events named `decisions`, at most five a second. Each has an array of Decisions as data, oldest ' +
          'first, with the cardholder’s `name` if it is known. With `Last-Event-ID` the decisions since that event come ' +
          'first. The event `missed` means that there were more than the gateway keeps (500), or that another gateway ' +
          'answered before.',
        tags: ['operators'],
        security: [{ operatorKey: [] }, { accessToken: [] }],
        querystring: Query,
        headers: ResumeHeaders,
        response: EVENT_STREAM_RESPONSES,
      },
    },
    (request, reply) => {
      const { tenantId } = principalOf(request);
      const { query } = request;
      return streams.open(request, reply, (send) => {
        const batches = new Batches(async (decisions) => {
          const named = await known.named(tenantId, decisions, (error) =>
            request.log.warn({ err: error }, 'decisions sent without names'),
          );
          send(`id: ${lastKey(decisions)}\nevent: decisions\ndata: ${JSON.stringify(named)}\n\n`);
        });
        const take = (decision: Decision): void => {
          if (isWanted(decision, query)) batches.add(decision);
        };
        send('retry: 1000\n: decisions as they are made\n\n');
        const watch = live.watch(tenantId, request.headers['last-event-id'], take);
        if (watch.missed) send('event: missed\ndata: {}\n\n');
        for (const decision of watch.earlier) take(decision);
        return () => {
          batches.stop();
          watch.stop();
        };
      });
    },
  );
}

/** Sends what comes within {@link EVERY_MS} together, one batch after another. */
class Batches {
  readonly #send: (decisions: Decision[]) => Promise<void>;
  #waiting: Decision[] = [];
  #isBusy = false;
  #isOver = false;

  /** @param send never rejects */
  constructor(send: (decisions: Decision[]) => Promise<void>) {
    this.#send = send;
  }

  add(decision: Decision): void {
    this.#waiting.push(decision);
    if (!this.#isBusy) void this.#work();
  }

  stop(): void {
    this.#isOver = true;
    this.#waiting = [];
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      await delay(EVERY_MS);
      if (this.#isOver) return;
      const decisions = this.#waiting;
      this.#waiting = [];
      await this.#send(decisions);
    }
    this.#isBusy = false;
  }
}

function lastKey(decisions: readonly Decision[]): string {
  const last = decisions.at(-1);
  return last === undefined ? '' : decidedKey(last);
}

function isWanted(decision: Decision, { building, zone, outcome }: Query): boolean {
  return (
    (building ?? decision.buildingId) === decision.buildingId &&
    (zone ?? decision.zoneId) === decision.zoneId &&
    (outcome ?? decision.outcome) === decision.outcome
  );
}

/** Remembers names for a minute: the same people pass many doors. */
class NameCache {
  readonly #read: EmployeeNames;
  readonly #names = new LRUCache<string, { name: string | undefined }>({ max: MOST_NAMES, ttl: NAME_AGE_MS });

  constructor(read: EmployeeNames) {
    this.#read = read;
  }

  /** Adds the names of cardholders. If they cannot be read, the decisions come without. */
  async named(
    tenantId: string,
    decisions: readonly Decision[],
    onError: (error: unknown) => void,
  ): Promise<(Decision & { name?: string })[]> {
    const ids = new Set(decisions.flatMap(({ employeeId }) => employeeId ?? []));
    const unknown = Array.from(ids).filter((id) => !this.#names.has(tenantKey(tenantId, id)));
    if (unknown.length > 0) {
      try {
        const read = await this.#read(tenantId, unknown);
        for (const id of unknown) this.#names.set(tenantKey(tenantId, id), { name: read.get(id) });
      } catch (error) {
        onError(error);
      }
    }
    return decisions.map((decision) => {
      const { employeeId } = decision;
      const name = employeeId === undefined ? undefined : this.#names.get(tenantKey(tenantId, employeeId))?.name;
      return name === undefined ? decision : { ...decision, name };
    });
  }
}
