import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler, onSendHookHandler } from 'fastify';
import type { Account } from '../auth/account.js';
import { principalOf } from '../auth/authenticate.js';
import { type Bound, FairShare, type Holding } from '../auth/fair-share.js';
import { onExchangeEnd } from './exchange.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on routes without load shedding. */
    inFlight: InFlight | undefined;
  }
}

const SHEDDING_MEMORY_MS = 1_000;
/** Smaller answers do not count: they are about as large as the request itself. */
const SMALL_ANSWER_BYTES = 4_096;
const MAX_OPEN_ANSWERS = 64;
/** A muster list of 5,000 people takes a megabyte while it is made. */
const MAX_QUERIES = 128;
const HEALTH_CHECKS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

export interface LoadLimits {
  maxRequests: number;
  /** Bodies received, decisions awaited, and answers not sent yet. */
  maxBytes: number;
  bodyLimit: number;
  maxRequestsPerSecond: number;
}

/**
 * Bounds memory: answers 503 to a request that would exceed a limit, if possible before its body is read. Counts the
 * requests of {@link shed} by their route, whatever the spelling of the URL.
 */
export class Load {
  readonly requests: FairShare;
  readonly bytes: FairShare;
  readonly #limits: LoadLimits;
  #lastShedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
    this.requests = new FairShare(limits.maxRequests);
    this.bytes = new FairShare(limits.maxBytes);
  }

  /** Whether a request was shed within the last {@link SHEDDING_MEMORY_MS}. Requests refused by a key's share do not count. */
  get shedding(): boolean {
    return performance.now() - this.#lastShedAt < SHEDDING_MEMORY_MS;
  }

  /** Adds the hooks to the routes of `app`. @param authenticate sets `request.principal` */
  shed(app: FastifyInstance, authenticate: onRequestHookHandler): void {
    app.addHook('onRequest', this.#admit);
    app.addHook('onRequest', authenticate);
    app.addHook('onRequest', this.#charge);
    app.addHook('onSend', countAnswer);
  }

  /**
   * Bounds the answers of routes without a key, such as /metrics and /docs, because clients may not read them. Health
   * checks must answer under load. Call it before those routes are added.
   */
  shedOthers(app: FastifyInstance): void {
    const open = new FairShare(MAX_OPEN_ANSWERS);
    const admit: onRequestHookHandler = (request, reply, done) => {
      const bound = hold(open, request, reply, undefined);
      done(bound && overloaded(bound, 'requests without a key'));
    };
    app.addHook('onRoute', (route) => {
      if (route.url.startsWith('/v1/') || HEALTH_CHECKS.has(route.url)) return;
      route.onRequest = [...[route.onRequest ?? []].flat(), admit];
    });
  }

  /** Bounds the concurrent requests of operators' routes, whose answers may be large. Call it after {@link shed}. */
  shareQueries(app: FastifyInstance): void {
    const running = new FairShare(MAX_QUERIES);
    app.addHook('onRequest', (request, reply, done) => {
      const bound = hold(running, request, reply, principalOf(request).account.queries);
      done(bound && overloaded(bound, 'running queries'));
    });
  }

  refusal(bound: Bound): ProblemError {
    if (bound === 'all') this.#lastShedAt = performance.now();
    return overloaded(bound, 'requests in flight');
  }

  readonly #admit: onRequestHookHandler = (request, reply, done) => {
    const { bodyLimit } = this.#limits;
    const announced = Math.min(announcedBytes(request.headers) ?? bodyLimit, bodyLimit);
    const bound = this.requests.exceeded(1) ?? this.bytes.exceeded(announced);
    if (bound === undefined) {
      const inFlight = new InFlight(this, announced);
      request.inFlight = inFlight;
      onExchangeEnd(request.raw, reply.raw, () => inFlight.end());
    }
    done(bound && this.refusal(bound));
  };

  readonly #charge: onRequestHookHandler = (request, _reply, done) => {
    const { account } = principalOf(request);
    const { maxRequestsPerSecond } = this.#limits;
    if (account.isWithinRate(maxRequestsPerSecond, performance.now())) {
      const bound = request.inFlight?.charge(account);
      done(bound && this.refusal(bound));
    } else done(tooFast(maxRequestsPerSecond));
  };
}

/** One request's part of the load, which its end releases. */
export class InFlight {
  readonly #load: Load;
  readonly #announced: number;
  #account: Account | undefined;
  #bytes = 0;
  #ended = false;

  /** @param announced size of the body, bytes; the largest if it is not known */
  constructor(load: Load, announced: number) {
    this.#load = load;
    this.#announced = announced;
    load.requests.take(1);
  }

  /** Puts the request on the account of its key, unless that breaks a bound. */
  charge(account: Account): Bound | undefined {
    if (this.#ended) return undefined;
    const { requests, bytes } = this.#load;
    requests.release(1);
    const bound = requests.exceeded(1, account.requests) ?? bytes.exceeded(this.#announced, account.bytes);
    if (bound === undefined) this.#account = account;
    requests.take(1, this.#account?.requests);
    return bound;
  }

  /** Counts bytes held in memory. @returns the problem if they break a bound; they are then not counted */
  add(bytes: number): ProblemError | undefined {
    const bound = this.#load.bytes.exceeded(bytes, this.#account?.bytes);
    if (bound !== undefined) return this.#load.refusal(bound);
    this.count(bytes);
    return undefined;
  }

  /** Counts bytes without a bound; negative ones are no longer held. */
  count(bytes: number): void {
    if (this.#ended) return;
    this.#bytes += bytes;
    this.#load.bytes.take(bytes, this.#account?.bytes);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#load.requests.release(1, this.#account?.requests);
    this.#load.bytes.release(this.#bytes, this.#account?.bytes);
  }
}

/** Length of the body, bytes; 0 without a body; undefined if the request does not say. */
export function announcedBytes(headers: IncomingHttpHeaders): number | undefined {
  const length = headers['content-length'];
  if (length !== undefined) return Number(length);
  return headers['transfer-encoding'] === undefined ? 0 : undefined;
}

/** An answer stays in memory until its client has read it. */
const countAnswer: onSendHookHandler<unknown> = (request, _reply, payload, done) => {
  if ((typeof payload === 'string' || Buffer.isBuffer(payload)) && payload.length > SMALL_ANSWER_BYTES) {
    request.inFlight?.count(payload.length);
  }
  done(null, payload);
};

/** Takes one place of a share until the exchange ends. @returns the bound that this would break */
function hold(
  share: FairShare,
  request: FastifyRequest,
  reply: FastifyReply,
  holding: Holding | undefined,
): Bound | undefined {
  const bound = share.exceeded(1, holding);
  if (bound !== undefined) return bound;
  share.take(1, holding);
  onExchangeEnd(request.raw, reply.raw, () => share.release(1, holding));
  return undefined;
}

const LARGEST_SHARE = { key: 'a quarter', tenant: 'three quarters' } as const;

function overloaded(bound: Bound, places: string): ProblemError {
  const reason =
    bound === 'all'
      ? `The gateway has too many ${places}.`
      : `This ${bound} has its share of the gateway’s ${places}, at most ${LARGEST_SHARE[bound]}.`;
  const detail = `${reason} Nothing was accepted. Send the same request again after Retry-After.`;
  return new ProblemError('overloaded', detail, { retryAfter: 1 });
}

function tooFast(maxPerSecond: number): ProblemError {
  return new ProblemError(
    'too-many-requests',
    `This key exceeds its limit of ${maxPerSecond} requests per second. Try again after Retry-After.`,
    { retryAfter: 1 },
  );
}
