// Adds `summary`, `tags` and `security` to Fastify's route schemas.
/// <reference types="@fastify/swagger" preserve="true" />
import { STATUS_CODES } from 'node:http';

/** OpenAPI responses for the problems of a route. Documentation only: the error handler writes the problem+json. */
export function problemResponses(...statuses: number[]): Record<number, unknown> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: STATUS_CODES[status] ?? 'Problem',
        content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
      },
    ]),
  );
}
