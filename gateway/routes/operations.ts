import { ProblemError, problemResponses } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';

export interface Readiness {
  /** Reasons not to send traffic here now; empty means ready. */
  reasons(): string[];
}

/** GET /healthz (liveness), /readyz (readiness) and /metrics (Prometheus text). They require no key. */
export function healthRoutes(app: FastifyInstance, options: { readiness: Readiness; metrics: GatewayMetrics }): void {
  const { readiness, metrics } = options;
  const Status = Type.Object({ status: Type.String() });
  const tags = ['operations'];

  app.get('/healthz', { schema: { summary: 'Alive?', tags, response: { 200: Status } } }, async () => ({
    status: 'alive',
  }));
  app.get(
    '/readyz',
    { schema: { summary: 'Ready for traffic?', tags, response: { 200: Status, ...problemResponses(503) } } },
    async () => {
      const reasons = readiness.reasons();
      if (reasons.length > 0) {
        throw new ProblemError('stream-unavailable', `Not ready: ${reasons.join('; ')}.`, { retryAfter: 1 });
      }
      return { status: 'ready' };
    },
  );
  app.get('/metrics', { schema: { summary: 'Prometheus metrics', tags } }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.text()),
  );
}
