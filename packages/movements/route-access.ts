import type { FastifyContextConfig, FastifyRequest } from 'fastify';

/** How a program guards the routes of this package. Authentication itself is the caller's. */
export interface RouteAccess {
  /** Tenant whose rows a request may read. */
  tenantOf(request: FastifyRequest): string;
  /** Security requirement of the routes in OpenAPI. */
  security: readonly Readonly<Record<string, readonly string[]>>[];
  /** Route configuration, such as the rate limit of @fastify/rate-limit. */
  config?: FastifyContextConfig;
}
