import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';

const OVERLOADED = 'The gateway is overloaded. Nothing was accepted. Send the same request again after Retry-After.';
const SHEDDING_MEMORY_MS = 1_000;

export interface LoadLimits {
  maxRequests: number;
  maxBytes: number;
  /** Size counted for a body of unknown length, bytes. */
  bodyLimit: number;
}

/** Requests and body bytes in flight. */
export interface Load {
  requests: number;
  bytes: number;
  /** Whether a request was shed within the last {@link SHEDDING_MEMORY_MS}. */
  readonly shedding: boolean;
}

/** Bounds memory: answers 503, before reading the body, to a request that would exceed a limit. */
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
      return done(new ProblemError('overloaded', OVERLOADED, { retryAfter: 1 }));
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

function bodyBytes(headers: IncomingHttpHeaders, bodyLimit: number): number {
  const length = headers['content-length'];
  if (length === undefined) return headers['transfer-encoding'] === undefined ? 0 : bodyLimit;
  const declared = Number(length);
  return Number.isFinite(declared) ? Math.min(declared, bodyLimit) : bodyLimit;
}
