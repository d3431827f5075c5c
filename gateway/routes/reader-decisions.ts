import { decidedKey, ReaderId } from '@swipegate/contract';
import { ProblemError, problemResponses, shuttingDown } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type KeyCheck, principalOf } from '../auth/authenticate.js';
import type { Bound, FairShare } from '../auth/fair-share.js';
import type { DecisionHub } from '../decisions/decision-hub.js';
import type { ReaderHistory } from '../decisions/decision-table.js';
import { followReader, MAX_RESUMED, resumeFrom } from '../decisions/reader-feed.js';
import { onExchangeEnd } from '../intake/exchange.js';

const Params = Type.Object({ readerId: ReaderId });
const ResumeHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'Id of the last event received; any other value is ignored' }),
  ),
});
const HEARTBEAT_MS = 15_000;
/** Slower clients are disconnected; SSE clients reconnect by themselves. */
const MAX_UNREAD_BYTES = 1_048_576;
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  // A kept-alive connection would delay the shutdown until its idle timeout.
  connection: 'close',
};

export interface ReaderDecisionRouteOptions {
  hub: DecisionHub;
  history: ReaderHistory;
  /** Each key and tenant gets a share of them. */
  streams: FairShare;
  /** Checked at each heartbeat, so that a stream ends when its key does. */
  isKeyValid: KeyCheck;
  /** Interval of heartbeats, ms. Default 15,000. */
  heartbeatMs?: number;
}

/** GET /v1/readers/{readerId}/decisions: a reader's decisions as server-sent events (WHATWG HTML 9.2). */
export function readerDecisionRoutes(app: FastifyInstance, options: ReaderDecisionRouteOptions): void {
  const { streams } = options;
  const open = new Set<() => void>();
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
    for (const end of open) end();
  });

  app.get<{ Params: Type.Static<typeof Params>; Headers: Type.Static<typeof ResumeHeaders> }>(
    '/v1/readers/:readerId/decisions',
    {
      schema: {
        summary: 'Follow the decisions of a reader',
        description:
          'Server-sent events named `decision`, each with a Decision as data. With `Last-Event-ID`, which browsers and SSE ' +
          'clients send when they reconnect, the decisions since that event come first. Some may be repeated: ' +
          `deduplicate by swipeId and cardId. At most the newest ${MAX_RESUMED} are replayed. The event \`missed\` with the ` +
          'data {since} means that there were more, or that they could not be read. A Last-Event-ID of another form is ' +
          'ignored, because a client that gets an error never reconnects.',
        tags: ['decisions'],
        security: [{ readerKey: [] }],
        params: Params,
        headers: ResumeHeaders,
        response: {
          200: {
            description: 'Decisions since Last-Event-ID, or from now on, until either side closes',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...problemResponses(400, 401, 403, 429, 503),
        },
      },
    },
    (request, reply) => {
      const { tenantId, readerIds, keyId, account } = principalOf(request);
      const { readerId } = request.params;
      if (!readerIds.has(readerId)) {
        const detail = `The reader ${readerId} does not belong to the key ${keyId}.`;
        throw new ProblemError('reader-not-allowed', detail, { field: 'readerId', reason: 'belongs to another key' });
      }
      // The shutdown may have begun during the look-up of the key.
      if (closing) throw shuttingDown();
      if (request.method === 'HEAD') return reply.headers(HEADERS).send();
      const bound = streams.exceeded(1, account.eventStreams);
      if (bound !== undefined) throw new ProblemError('overloaded', TOO_MANY[bound], { retryAfter: 5 });
      streams.take(1, account.eventStreams);
      reply.hijack();
      const response = reply.raw;
      response.writeHead(200, HEADERS);
      const lastEventId = request.headers['last-event-id'];
      const fromKey = lastEventId === undefined ? undefined : resumeFrom(lastEventId, Date.now());
      const send = (text: string) => {
        // Unread text counts like any other unread answer.
        const isOver = response.writableLength > MAX_UNREAD_BYTES || request.inFlight?.add(text.length) !== undefined;
        if (isOver) request.raw.socket.destroy();
        else response.write(text, () => request.inFlight?.count(-text.length));
      };
      send(`retry: 1000\n: decisions of ${readerId} since ${fromKey ?? 'now'}\n\n`);
      const stop = followReader({
        hub: options.hub,
        history: options.history,
        tenantId,
        readerId,
        fromKey,
        onDecision: (decision) =>
          send(`id: ${decidedKey(decision)}\nevent: decision\ndata: ${JSON.stringify(decision)}\n\n`),
        onMissed: ({ since, error }) => {
          if (error !== undefined) request.log.warn({ err: error, readerId }, 'missed decisions could not be read');
          send(`event: missed\ndata: ${JSON.stringify({ since })}\n\n`);
        },
      });
      const heartbeat = setInterval(() => {
        send(': alive\n\n');
        void options.isKeyValid(request).then((valid) => {
          if (!valid) end();
        });
      }, options.heartbeatMs ?? HEARTBEAT_MS);
      // end() would wait for a client that does not read. After destroy() it reconnects and gets the rest.
      const end = () => (response.writableLength > 0 ? request.raw.socket.destroy() : response.end());
      open.add(end);
      onExchangeEnd(request.raw, response, () => {
        clearInterval(heartbeat);
        stop();
        open.delete(end);
        streams.release(1, account.eventStreams);
      });
    },
  );
}

const TOO_MANY: Readonly<Record<Bound, string>> = {
  all: 'Too many event streams are open. Try again after Retry-After.',
  key: 'This key has its share of the event streams open, at most a quarter. Close one, or try again after Retry-After.',
  tenant:
    'This tenant has its share of the event streams open, at most three quarters. Close one, or try again after Retry-After.',
};
