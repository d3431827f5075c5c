import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyRequest } from 'fastify';

/**
 * Returns a route's configuration for @fastify/rate-limit: a limit per API key. A limit per IP address would hit all
 * readers of a building, which often share one.
 */
export function limitByKey(maxPerSecond: number) {
  return {
    max: maxPerSecond,
    timeWindow: 1000,
    hook: 'preHandler' as const,
    keyGenerator: ({ principal }: FastifyRequest) =>
      principal === null ? '' : `${principal.tenantId}/${principal.keyId}`,
    errorResponseBuilder: () =>
      new ProblemError(
        'too-many-requests',
        `This key exceeds its limit of ${maxPerSecond} requests per second. Try again after Retry-After.`,
      ),
  };
}
