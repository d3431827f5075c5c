import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyRequest } from 'fastify';

/** Configures @fastify/rate-limit by API key, because the readers of a building often share an IP address. */
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
