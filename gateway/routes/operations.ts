import { isIPv6, type Socket } from 'node:net';
import { ProblemError, problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';

export interface OperationRouteOptions {
  metrics: GatewayMetrics;
  /** Reasons not to send traffic here now; empty means ready. */
  notReady(): string[];
  /** URL, or `:PORT/PATH` at the address that the request came to; undefined: no route /ops */
  opsUrl: string | undefined;
}

/** GET /healthz (liveness), /readyz (readiness), /metrics and /ops (redirect to the dashboard), all without a key. */
export function operationRoutes(app: FastifyInstance, { metrics, notReady, opsUrl }: OperationRouteOptions): void {
  const Status = Type.Object({ status: Type.String() });
  const tags = ['operations'];

  app.get('/healthz', { schema: { summary: 'Alive?', tags, response: { 200: Status } } }, async () => ({
    status: 'alive',
  }));
  app.get(
    '/readyz',
    { schema: { summary: 'Ready for traffic?', tags, response: { 200: Status, ...problemResponses(503) } } },
    async () => {
      const reasons = notReady();
      if (reasons.length > 0) {
        throw new ProblemError('stream-unavailable', `Not ready: ${reasons.join('; ')}.`, { retryAfter: 1 });
      }
      return { status: 'ready' };
    },
  );
  app.get('/metrics', { schema: { summary: 'Prometheus metrics', tags } }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.text()),
  );
  if (opsUrl === undefined) return;
  app.get(
    '/ops',
    {
      schema: {
        summary: 'Redirect to the dashboard',
        tags,
        response: { 302: { description: 'Location of the dashboard' } },
      },
    },
    async ({ socket }, reply) =>
      reply.redirect(opsUrl.startsWith(':') ? `http://${addressOf(socket)}${opsUrl}` : opsUrl),
  );
}

/** Address of this end of a connection, as in a URL. Unlike the Host header, a client cannot choose it. */
function addressOf({ localAddress = '127.0.0.1' }: Socket): string {
  const address = localAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return isIPv6(address) ? `[${address.replace(/%.*/, '')}]` : address;
}
