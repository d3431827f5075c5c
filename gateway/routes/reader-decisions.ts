import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import { ReaderId } from '../contract/index.js';
import type { DecisionHub } from '../decisions/decision-hub.js';
import { ProblemError } from '../problem-details.js';
import { problemResponses } from './documented-problems.js';

const Params = Type.Object({ readerId: ReaderId });
const HEARTBEAT_MS = 15_000;
/** A client that reads this much too slowly is cut off; it comes back by itself (SSE reconnects). */
const MAX_UNREAD_BYTES = 1_048_576;

/** GET /v1/readers/{readerId}/decisions: a reader's decisions from now on, as server-sent events (WHATWG HTML 9.2). */
export function readerDecisionRoutes(
  app: FastifyInstance,
  options: { hub: DecisionHub; maxEventStreams: number },
): void {
  const open = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });

  app.get<{ Params: Type.Static<typeof Params> }>(
    '/v1/readers/:readerId/decisions',
    {
      schema: {
        summary: 'Follow the decisions of a reader',
        description: 'Server-sent events named `decision`; id is the swipeId, data the Decision.',
        tags: ['decisions'],
        security: [{ readerKey: [] }],
        params: Params,
        response: {
          200: {
            description: 'Decisions from now on, until either side closes',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...problemResponses(400, 401, 403, 503),
        },
      },
    },
    (request, reply) => {
      const { tenantId, readerIds, keyId } = principalOf(request);
      const { readerId } = request.params;
      if (!readerIds.has(readerId)) {
        throw new ProblemError('reader-not-allowed', `The key ${keyId} does not speak for the reader ${readerId}.`, {
          field: 'readerId',
          reason: 'belongs to another key',
        });
      }
      if (open.size >= options.maxEventStreams) {
        throw new ProblemError('overloaded', 'Too many event streams are open.', { retryAfter: 5 });
      }
      reply.hijack();
      const response = reply.raw;
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      response.write(`retry: 1000\n: decisions of ${readerId} from now on\n\n`);
      const unsubscribe = options.hub.subscribe(tenantId, readerId, (decision) => {
        if (response.writableLength > MAX_UNREAD_BYTES) return response.destroy();
        response.write(`id: ${decision.swipeId}\nevent: decision\ndata: ${JSON.stringify(decision)}\n\n`);
      });
      const heartbeat = setInterval(() => response.write(': alive\n\n'), HEARTBEAT_MS);
      const end = () => response.end();
      open.add(end);
      response.once('close', () => {
        clearInterval(heartbeat);
        unsubscribe();
        open.delete(end);
      });
    },
  );
}
