import { MAX_BATCH_ITEMS, type Swipe } from '@swipegate/contract';
import { problemResponses } from '@swipegate/http/documented-problems';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import type { Principal } from '../auth/api-key-directory.js';
import { principalOf } from '../auth/authenticate.js';
import type { DecisionHub, Waiting } from '../decisions/decision-hub.js';
import { admitCanonical } from '../intake/canonical-swipes.js';
import { type Admission, admit, awaitDurable, type Result } from '../intake/intake.js';
import type { ParsedBody, PostedBody } from '../intake/parse-body.js';
import { preferredWaitMs } from '../intake/prefer.js';
import type { Sink } from '../intake/sink.js';
import { swipeItems } from '../intake/swipe-item.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { allRejected, itemsOf, limitByKey, postedBody, preferenceApplied } from './post-items.js';
import { swipeIdReused } from './swipe-id-reused.js';

export interface SwipeRouteOptions {
  sink: Sink;
  hub: DecisionHub;
  metrics: GatewayMetrics;
  /** How far a reader's clock may run ahead, ms. */
  maxClockAheadMs: number;
  maxWaitMs: number;
  ackTimeoutMs: number;
  rateLimitPerSecond: number;
}

const swipeBody = {
  content: {
    'application/json': {
      schema: { anyOf: [{ $ref: 'Swipe#' }, { type: 'array', maxItems: MAX_BATCH_ITEMS, items: { $ref: 'Swipe#' } }] },
    },
    'application/x-ndjson': { schema: { type: 'string', description: 'One swipe a line' } },
  },
};

/** POST /v1/swipes: one swipe, a JSON array, or NDJSON. A 2xx means that what it names as accepted is durable. */
export function swipeRoutes(app: FastifyInstance, options: SwipeRouteOptions): void {
  const { sink, hub, metrics, maxClockAheadMs, maxWaitMs, ackTimeoutMs } = options;
  const items = swipeItems(maxClockAheadMs);

  /** A function of its own, so that nothing of a body outlives it: what is kept until the stream has answered is copied meanwhile. */
  function take(body: PostedBody, principal: Principal, waitMs: number): Taken {
    const nowMs = Date.now();
    const awaited: Awaiting[] = [];
    // Who waits for decisions needs each swipe’s own members.
    const canonical = waitMs > 0 ? undefined : admitCanonical(body, principal, sink, nowMs, maxClockAheadMs);
    if (canonical !== undefined) return { form: 'batch', admission: canonical, awaited };
    const { form, items: values } = itemsOf(body);
    // Listening starts before durability is awaited: the decision may be here first.
    const admission = admit(items, values, principal, sink, nowMs, (swipe, index) => {
      if (waitMs > 0) awaited.push({ swipe, index, ...waitFor(hub, principal, swipe, waitMs) });
    });
    return { form, admission, awaited };
  }

  app.post<{ Body: PostedBody }>(
    '/v1/swipes',
    {
      config: { rateLimit: limitByKey(options.rateLimitPerSecond) },
      // The body is checked item by item, so that one bad swipe is rejected alone.
      validatorCompiler: () => () => true,
      schema: {
        summary: 'Post swipes',
        description:
          'One swipe, an array, or NDJSON. Answered once durable: 202 for one swipe, 207 with per-item results for a batch. ' +
          'With `Prefer: wait=N` the answer is held up to N seconds for the decision (200). ' +
          'A swipeId names one swipe of one card at one reader: post the same again after a failure. With another card ' +
          'it is another swipe; swipeId and card at another reader are a misuse (409 with `Prefer: wait`).',
        tags: ['swipes'],
        security: [{ readerKey: [] }],
        headers: Type.Object({ prefer: Type.Optional(Type.String({ description: 'wait=N, N in seconds' })) }),
        body: swipeBody,
        response: {
          200: { description: 'One swipe with Prefer: wait: durable, and decided in time', $ref: 'Decision#' },
          202: { description: 'One swipe: durable, not decided yet', $ref: 'SwipeAccepted#' },
          207: { description: 'A batch: what `rejected` does not name is durable', $ref: 'BatchResult#' },
          ...problemResponses(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const body = postedBody(request.body);
      const principal = principalOf(request);
      const waitMs = preferredWaitMs(request.headers['prefer'], maxWaitMs);
      const startedAt = performance.now();
      const { form, admission, awaited } = take(body, principal, waitMs);
      const result = await awaitDurable(admission, items.idMember, ackTimeoutMs);
      metrics.ackSeconds.observe((performance.now() - startedAt) / 1000);
      metrics.accepted.inc(result.accepted);
      for (const { code } of result.rejected) metrics.rejected.inc({ code });
      if (result.accepted === 0) {
        for (const each of awaited) each.cancel();
        throw allRejected(form, result.rejected);
      }

      preferenceApplied(reply, waitMs);
      const swipeId = form === 'single' ? admission.idAt(0) : undefined;
      if (swipeId !== undefined) return answerOne(reply, swipeId, result.receivedAt, awaited[0]);
      return reply.code(207).send(waitMs > 0 ? await withDecisions(result, awaited) : result);
    },
  );
}

/** What has become of a body, before anything of it is durable. */
interface Taken {
  form: ParsedBody['form'];
  admission: Admission;
  awaited: Awaiting[];
}

/** A swipe whose decision the answer is held for. */
interface Awaiting extends Waiting {
  swipe: Swipe;
  index: number;
}

function waitFor(hub: DecisionHub, { tenantId }: Principal, { swipeId, cardId }: Swipe, waitMs: number): Waiting {
  return hub.wait({ tenantId, swipeId, cardId }, waitMs);
}

/** 200 with the decision, where it came in time; else 202 with where it will be. */
async function answerOne(
  reply: FastifyReply,
  swipeId: string,
  receivedAt: string,
  awaited: Awaiting | undefined,
): Promise<FastifyReply> {
  const decision = await awaited?.decision;
  if (decision === undefined) {
    const location = `/v1/swipes/${swipeId}/decision`;
    return reply.code(202).header('location', location).send({ swipeId, receivedAt, decision: location });
  }
  if (decision.readerId !== awaited?.swipe.readerId) throw swipeIdReused(swipeId);
  return reply.code(200).send(decision);
}

/** The result with those decisions of durable swipes that came in time, and are not another reader's. */
async function withDecisions(result: Result, awaited: readonly Awaiting[]) {
  const rejected = new Set(result.rejected.map(({ index }) => index));
  const arrived = await Promise.all(
    awaited.map(async ({ swipe, index, decision, cancel }) => {
      if (rejected.has(index)) cancel();
      const found = await decision;
      return found?.readerId === swipe.readerId ? [found] : [];
    }),
  );
  return { ...result, decisions: arrived.flat() };
}
