import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';

export interface LoadLimits {
  maxRequests: number;
  maxBytes: number;
  /** Size counted for a body of unknown length, bytes. */
  bodyLimit: number;
}

/** Requests and body bytes in flight, for readiness and metrics. */
export interface Load {
  requests: number;
  bytes: number;
  /** Whether a request was shed within the last {@link SHEDDING_MEMORY_MS}. */
  readonly shedding: boolean;
}

const SHEDDING_MEMORY_MS = 1_000;

/**
 * Bounds memory: counts requests and their body bytes until the answer has been sent. A request that would exceed a
 * limit gets 503 with Retry-After before its body is read.
 */
export function useLoadShedding(app: FastifyInstance, limits: LoadLimits): Load {
  let lastShedAt = Number.NEGATIVE_INFINITY;
  const load: Load = {
    requests: 0,
    bytes: 0,
    get shedding() {
      return performance.now() - lastShedAt < SHEDDING_MEMORY_MS;
    },
  };
  app.addHook('onRequest', (request, reply, done) => {
    // Health checks and metrics must answer under load.
    if (!request.url.startsWith('/v1/')) return done();
    const bytes = bodyBytes(request.headers, limits.bodyLimit);
    if (load.requests >= limits.maxRequests || load.bytes + bytes > limits.maxBytes) {
      lastShedAt = performance.now();
      return done(
        new ProblemError(
          'overloaded',
          'The gateway is overloaded. Nothing was accepted. Send the same request again after Retry-After.',
          { retryAfter: 1 },
        ),
      );
    }
    load.requests += 1;
    load.bytes += bytes;
    // 'close' is emitted exactly once, even if the client disconnects early.
    reply.raw.once('close', () => {
      load.requests -= 1;
      load.bytes -= bytes;
    });
    done();
  });
  return load;
}

function bodyBytes(
  headers: { 'content-length'?: string | undefined; 'transfer-encoding'?: string | undefined },
  bodyLimit: number,
): number {
  const length = headers['content-length'];
  if (length === undefined) return headers['transfer-encoding'] === undefined ? 0 : bodyLimit;
  const declared = Number(length);
  return Number.isFinite(declared) ? Math.min(declared, bodyLimit) : bodyLimit;
}
