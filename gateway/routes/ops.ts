import type { FastifyInstance } from 'fastify';

/** GET /ops: to the dashboard, which is CloudWatch's on AWS and a page of its own on one machine. Nothing where none is set. */
export function opsRoute(app: FastifyInstance, opsUrl: string | undefined): void {
  if (opsUrl === undefined) return;
  app.get(
    '/ops',
    {
      schema: { summary: 'To the dashboard', tags: ['operations'], response: { 302: { description: 'Where it is' } } },
    },
    async (_request, reply) => reply.redirect(opsUrl),
  );
}
