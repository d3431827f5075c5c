import type { Swipe } from '@swipegate/contract';
import { problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import type { Principal } from '../auth/api-key-directory.js';
import { principalOf } from '../auth/authenticate.js';
import type { DecisionHub, Waiting } from '../decisions/decision-hub.js';
import { answeredWithin } from '../devices/device-intake.js';
import { admitCanonical } from '../intake/canonical-swipes.js';
import { type Admission, AWAITED_BYTES, admit, awaitDurable, type Result } from '../intake/intake.js';
import { SWIPE_ITEMS } from '../intake/item-kinds.js';
import type { InFlight } from '../intake/load-shedding.js';
import { type ParsedBody, type PostedBody, parseBody, postedBody, postedItems } from '../intake/parse-body.js';
import { preferenceApplied, preferredWaitMs } from '../intake/prefer.js';
import { allRejected } from '../intake/rejection.js';
import type { Sink } from '../intake/sink.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { swipeIdReused } from './decisions.js';

export interface SwipeRouteOptions {
  sink: Sink;
  hub: DecisionHub;
  metrics: GatewayMetrics;
  maxWaitMs: number;
  ackTimeoutMs: number;
}

/** POST /v1/swipes: one swipe, a JSON array, or NDJSON. With a 2xx, every accepted swipe is durable. */
export function swipeRoutes(app: FastifyInstance, options: SwipeRouteOptions): void {
  const { sink, hub, metrics, maxWaitMs, ackTimeoutMs } = options;

  // A separate function, so that the body can be collected before the await. Each GC copies objects that are still in use.
  function take(body: PostedBody, principal: Principal, waitMs: number, inFlight: InFlight | undefined): Taken {
    const { tenantId } = principal;
    const nowMs = Date.now();
    const awaited: Awaiting[] = [];
    // With Prefer: wait the swipes must be parsed: waiting needs their members.
    const canonical = waitMs > 0 ? undefined : admitCanonical(body, principal, sink, nowMs);
    if (canonical !== undefined) return { form: 'batch', admission: canonical, awaited };
    const { form, items: values } = parseBody(body);
    const overload = waitMs > 0 ? inFlight?.add(values.length * AWAITED_BYTES) : undefined;
    if (overload !== undefined) throw overload;
    // Subscribe before awaiting durability: the decision may arrive first.
    // A program beside the doors opens them by itself, or not: it has the key of a device.
    const isAsked = waitMs > 0 && principal.device !== undefined;
    const kind = isAsked ? answeredWithin(waitMs, nowMs) : SWIPE_ITEMS;
    const admission = admit(kind, values, principal, sink, nowMs, (swipe, index) => {
      const { swipeId, cardId } = swipe;
      if (waitMs > 0) awaited.push({ swipe, index, ...hub.wait({ tenantId, swipeId, cardId }, waitMs) });
    });
    return { form, admission, awaited };
  }

  app.post<{ Body: PostedBody }>(
    '/v1/swipes',
    {
      // Items are validated one by one in the handler, so a bad swipe is rejected alone.
      validatorCompiler: () => () => true,
      schema: {
        summary: 'Post swipes',
        description:
          'One swipe, an array, or NDJSON. The answer is sent once the swipes are durable: 202 for one swipe, 207 with ' +
          'per-item results for a batch. With `Prefer: wait=N` the gateway waits up to N seconds for the decision (200). ' +
          'A swipeId identifies one swipe of one card at one reader; use the same one to retry after a failure. With ' +
          'another card it is another swipe. The same swipeId and card at another reader is an error (409 with ' +
          '`Prefer: wait`). With the key of a device, a decision that comes after the wait denies entry.',
        tags: ['swipes'],
        security: [{ readerKey: [] }],
        headers: Type.Object({ prefer: Type.Optional(Type.String({ description: 'wait=N, N in seconds' })) }),
        body: postedItems({ $ref: 'PostedSwipe#' }, 'swipe'),
        response: {
          200: { description: 'One swipe with Prefer: wait: durable and decided in time', $ref: 'Decision#' },
          202: { description: 'One swipe: durable, not decided yet', $ref: 'SwipeAccepted#' },
          207: { description: 'A batch: every swipe not listed in `rejected` is durable', $ref: 'BatchResult#' },
          ...problemResponses(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const body = postedBody(request.body);
      const principal = principalOf(request);
      const waitMs = preferredWaitMs(request.headers['prefer'], maxWaitMs);
      const startedAt = performance.now();
      const { form, admission, awaited } = take(body, principal, waitMs, request.inFlight);
      const result = await awaitDurable(admission, SWIPE_ITEMS.idMember, ackTimeoutMs);
      metrics.ackSeconds.observe((performance.now() - startedAt) / 1000);
      metrics.countItems(SWIPE_ITEMS.idMember, result.accepted, result.rejected);
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

/** A body whose items have been put on the sink but may not be durable yet. */
interface Taken {
  form: ParsedBody['form'];
  admission: Admission;
  awaited: Awaiting[];
}

interface Awaiting extends Waiting {
  swipe: Swipe;
  index: number;
}

/** Answers 200 with the decision if it came in time, else 202 with its future location. */
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

/** Adds the decisions of durable swipes that came in time. Leaves out decisions of another reader's swipe. */
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
