import type { FastifyInstance } from 'fastify';

/** CORS permissions of the console's page. API Gateway in front of the API is configured with the same values. */
export const CONSOLE_MAY = {
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  headers: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'],
  exposed: ['etag', 'location', 'link', 'retry-after', 'content-disposition'],
  preflightSeconds: 600,
} as const;

/** CORS (https://fetch.spec.whatwg.org/#http-cors-protocol) without credentials: the page's token is in a header. */
export function useConsoleOrigin(app: FastifyInstance, origin: string | undefined): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    if (origin === undefined || request.headers.origin !== origin) return;
    reply
      .header('access-control-allow-origin', origin)
      .header('access-control-expose-headers', CONSOLE_MAY.exposed.join(', '));
    if (request.method !== 'OPTIONS') return;
    reply
      .headers({
        'access-control-allow-methods': CONSOLE_MAY.methods.join(', '),
        'access-control-allow-headers': CONSOLE_MAY.headers.join(', '),
        'access-control-max-age': String(CONSOLE_MAY.preflightSeconds),
      })
      .code(204);
    return reply.send();
  });
  if (origin === undefined) return;
  app.addHook('onSend', async (_request, reply) => {
    // Keep a `vary` value that the route has set.
    const others = reply.getHeader('vary');
    reply.header('vary', others === undefined ? 'origin' : `${others}, origin`);
  });
}
