import type { Socket } from 'node:net';
import { GATEWAY_METRICS } from '@swipegate/contract';
import type { FastifyInstance } from 'fastify';
import type { GatewayMetrics } from './gateway-metrics.js';

const SERVICE_UNAVAILABLE = 503;

/** Counts answers and connections, and limits connections: above the limit Node closes new ones without reading. */
export function countHttp(app: FastifyInstance, metrics: GatewayMetrics, maxConnections: number): void {
  // Plain array: a prom-client label costs a hash and a lookup per answer, an array element one addition.
  const byClass = [0, 0, 0, 0, 0, 0];
  let shed = 0;
  let connections = 0;
  let rejected = 0;
  app.addHook('onResponse', (_request, { statusCode }, done) => {
    const hundreds = Math.trunc(statusCode / 100);
    byClass[hundreds] = (byClass[hundreds] ?? 0) + 1;
    if (statusCode === SERVICE_UNAVAILABLE) shed += 1;
    done();
  });
  app.server.maxConnections = maxConnections;
  app.server.on('connection', (socket: Socket) => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
    });
  });
  app.server.on('drop', () => {
    rejected += 1;
  });
  metrics.counterBy(GATEWAY_METRICS.responses, () =>
    Object.fromEntries(byClass.flatMap((count, hundreds) => (count === 0 ? [] : [[`${hundreds}xx`, count]]))),
  );
  metrics.counter(GATEWAY_METRICS.requestsShed, () => shed);
  metrics.gauge(GATEWAY_METRICS.connections, () => connections);
  metrics.counter(GATEWAY_METRICS.connectionsRejected, () => rejected);
}
