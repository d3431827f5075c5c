import { decidedKey, ReaderId } from '@swipegate/contract';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../auth/authenticate.js';
import type { DecisionHub } from '../decisions/decision-hub.js';
import type { ReaderHistory } from '../decisions/decision-table.js';
import { followReader, MAX_RESUMED, resumeFrom } from '../decisions/reader-feed.js';
import { EVENT_STREAM_RESPONSES, type EventStreamOptions, EventStreams } from './event-streams.js';

const Params = Type.Object({ readerId: ReaderId });
const ResumeHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'Id of the last event received; any other value is ignored' }),
  ),
});
export interface ReaderDecisionRouteOptions extends EventStreamOptions {
  hub: DecisionHub;
  history: ReaderHistory;
}

/** GET /v1/readers/{readerId}/decisions: a reader's decisions as server-sent events (WHATWG HTML 9.2). */
export function readerDecisionRoutes(app: FastifyInstance, options: ReaderDecisionRouteOptions): void {
  const streams = new EventStreams(app, options);

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
        response: EVENT_STREAM_RESPONSES,
      },
    },
    (request, reply) => {
      const { tenantId, readerIds, keyId } = principalOf(request);
      const { readerId } = request.params;
      if (!readerIds.has(readerId)) {
        const detail = `The reader ${readerId} does not belong to the key ${keyId}.`;
        throw new ProblemError('reader-not-allowed', detail, { field: 'readerId', reason: 'belongs to another key' });
      }
      const lastEventId = request.headers['last-event-id'];
      const fromKey = lastEventId === undefined ? undefined : resumeFrom(lastEventId, Date.now());
      return streams.open(request, reply, (send) => {
        send(`retry: 1000\n: decisions of ${readerId} since ${fromKey ?? 'now'}\n\n`);
        return followReader({
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
      });
    },
  );
}
