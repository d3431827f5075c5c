import type { FastifyInstance } from 'fastify';

const METHODS = 'GET, POST, PUT, DELETE';
const HEADERS = 'authorization, content-type, idempotency-key';
const EXPOSED = 'location, link, retry-after, content-disposition';
const PREFLIGHT_SECONDS = '600';

/**
 * Lets the console's page ask, from one origin (https://fetch.spec.whatwg.org/#http-cors-protocol). Credentials are no part of
 * it: the page sends its token itself.
 */
export function useConsoleOrigin(app: FastifyInstance, origin: string | undefined): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    if (origin === undefined) return;
    reply.header('vary', 'origin');
    if (request.headers.origin !== origin) return;
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', EXPOSED);
    if (request.method !== 'OPTIONS') return;
    reply
      .headers({
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': HEADERS,
        'access-control-max-age': PREFLIGHT_SECONDS,
      })
      .code(204);
    return reply.send();
  });
}
