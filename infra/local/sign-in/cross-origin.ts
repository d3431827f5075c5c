import type { FastifyInstance } from 'fastify';
import type { Client } from './client.js';

/**
 * Lets only scripts of the client's pages read the answers of these routes (CORS,
 * https://fetch.spec.whatwg.org/#http-cors-protocol). Without credentials: none of the routes uses cookies.
 */
export function allowCrossOrigin(app: FastifyInstance, client: Client): void {
  app.addHook('onRequest', async ({ headers, method }, reply) => {
    reply.header('vary', 'origin');
    if (client.isAt(headers.origin)) reply.header('access-control-allow-origin', headers.origin);
    if (method !== 'OPTIONS') return;
    reply.headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '600',
    });
    return reply.code(204).send();
  });
  // Fastify runs the hook for preflights only if an OPTIONS route exists.
  app.options('/*', async (_request, reply) => reply.code(204).send());
}
