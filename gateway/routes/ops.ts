import type { FastifyInstance } from 'fastify';

/**
 * GET /ops redirects to the dashboard: CloudWatch's on AWS, the local page on one machine.
 *
 * @param opsUrl URL, or `:PORT/PATH` on the request's host (a machine may have several names); undefined: no route
 */
export function opsRoute(app: FastifyInstance, opsUrl: string | undefined): void {
  if (opsUrl === undefined) return;
  app.get(
    '/ops',
    {
      schema: {
        summary: 'Redirect to the dashboard',
        tags: ['operations'],
        response: { 302: { description: 'Location of the dashboard' } },
      },
    },
    async ({ hostname }, reply) => reply.redirect(opsUrl.startsWith(':') ? `http://${hostname}${opsUrl}` : opsUrl),
  );
}
