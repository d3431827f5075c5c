import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';

export interface LoadLimits {
  maxRequests: number;
  maxBytes: number;
  /** What a body of unknown length is counted as, bytes. */
  bodyLimit: number;
}

/** Requests and body bytes under way, for readiness and metrics. */
export interface Load {
  requests: number;
  bytes: number;
  /** Whether a request was shed within the last {@link SHEDDING_MEMORY_MS}. */
  readonly shedding: boolean;
}

const SHEDDING_MEMORY_MS = 1_000;

/**
 * Keeps memory bounded (invariant 4): counts requests and their bodies from the first header to the last byte of the
 * answer, and sheds with 503 and Retry-After what would pass the bound, before its body is read.
 */
export function useLoadShedding(app: FastifyInstance, limits: LoadLimits, isExempt: (url: string) => boolean): Load {
  let lastShedAt = Number.NEGATIVE_INFINITY;
  const load: Load = {
    requests: 0,
    bytes: 0,
    get shedding() {
      return performance.now() - lastShedAt < SHEDDING_MEMORY_MS;
    },
  };
  app.addHook('onRequest', (request, reply, done) => {
    if (isExempt(request.url)) return done();
    const bytes = bodyBytes(request.headers, limits.bodyLimit);
    if (load.requests >= limits.maxRequests || load.bytes + bytes > limits.maxBytes) {
      lastShedAt = performance.now();
      return done(
        new ProblemError('overloaded', 'Nothing was accepted. Send the same again after Retry-After.', {
          retryAfter: 1,
        }),
      );
    }
    load.requests += 1;
    load.bytes += bytes;
    // 'close' comes exactly once, also when the client goes away in the middle.
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
