import { createServer, type RequestListener } from 'node:http';
import { Gauge, type Registry } from 'prom-client';
import { closeServer, listenOnLoopback } from '../processes/ports.js';

/** Answers GET /metrics with Prometheus text and passes all other requests to `otherwise`. */
export function answerMetrics(registry: Registry, otherwise: RequestListener): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return otherwise(request, response);
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  };
}

/** Serves GET /metrics on a loopback port: METRICS_PORT, by default a free one. */
export async function serveMetrics(registry: Registry): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(answerMetrics(registry, (_request, response) => response.writeHead(404).end()));
  const port = Number(process.env['METRICS_PORT'] ?? 0);
  return { url: `${await listenOnLoopback(server, undefined, port)}/metrics`, close: () => closeServer(server) };
}

/** Adds a gauge to a registry; `read` supplies its value at each scrape. */
export function addGauge(
  registry: Registry,
  metric: { name: string; help: string },
  read: () => number | Promise<number>,
): void {
  new Gauge({
    ...metric,
    registers: [registry],
    async collect() {
      this.set(await read());
    },
  });
}
