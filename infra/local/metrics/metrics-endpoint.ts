import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { Registry } from 'prom-client';

export interface MetricsEndpoint {
  url: string;
  close(): void;
}

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

/** Serves GET /metrics on a free loopback port. */
export async function serveMetrics(registry: Registry): Promise<MetricsEndpoint> {
  const server = createServer(answerMetrics(registry, (_request, response) => response.writeHead(404).end()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The metrics have no TCP port');
  return {
    url: `http://127.0.0.1:${address.port}/metrics`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
