import type { FastifyInstance } from 'fastify';

/**
 * GET /ops: to the dashboard, which is CloudWatch's on AWS and a page of its own on one machine.
 * Nothing where none is set.
 *
 * @param opsUrl its URL, or `:PORT/PATH` of the host that was asked: on one machine that may have several names
 */
export function opsRoute(app: FastifyInstance, opsUrl: string | undefined): void {
  if (opsUrl === undefined) return;
  app.get(
    '/ops',
    {
      schema: { summary: 'To the dashboard', tags: ['operations'], response: { 302: { description: 'Where it is' } } },
    },
    async ({ hostname }, reply) => reply.redirect(opsUrl.startsWith(':') ? `http://${hostname}${opsUrl}` : opsUrl),
  );
}
