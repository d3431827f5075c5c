import { ProblemError, problemResponses, shuttingDown } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type KeyCheck, principalOf } from '../auth/authenticate.js';
import type { Bound, FairShare } from '../auth/fair-share.js';
import { onExchangeEnd } from '../intake/exchange.js';

const HEARTBEAT_MS = 15_000;
/** Slower clients are disconnected; SSE clients reconnect by themselves. */
const MAX_UNREAD_BYTES = 1_048_576;
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  // A kept-alive connection would delay the shutdown until its idle timeout.
  connection: 'close',
};

export interface EventStreamOptions {
  /** Each key and tenant gets a share of them. */
  streams: FairShare;
  /** Checked at each heartbeat, so that a stream ends when its key does. */
  isKeyValid: KeyCheck;
  /** Interval of heartbeats, ms. Default 15,000. */
  heartbeatMs?: number;
}

/** Responses of a route whose answer is an event stream. */
export const EVENT_STREAM_RESPONSES = {
  200: {
    description: 'Decisions since Last-Event-ID, or from now on, until either side closes',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  },
  ...problemResponses(400, 401, 403, 429, 503),
};

/** Sends text of an event stream: lines of `id`, `event` and `data`, and an empty one. */
export type Send = (text: string) => void;

/** Open answers with server-sent events (WHATWG HTML 9.2). They end with their key, their client or the gateway. */
export class EventStreams {
  readonly #options: EventStreamOptions;
  readonly #open = new Set<() => void>();
  #closing = false;

  constructor(app: FastifyInstance, options: EventStreamOptions) {
    this.#options = options;
    app.addHook('preClose', async () => {
      this.#closing = true;
      for (const end of this.#open) end();
    });
  }

  /**
   * Answers a request with an event stream.
   * @param begin gets the function that sends events; returns one that is called at the end of the stream
   * @throws {ProblemError} `shutting-down` or `overloaded`
   */
  open(request: FastifyRequest, reply: FastifyReply, begin: (send: Send) => () => void): FastifyReply {
    const { streams, isKeyValid, heartbeatMs = HEARTBEAT_MS } = this.#options;
    const { account } = principalOf(request);
    // The shutdown may have begun during the look-up of the key.
    if (this.#closing) throw shuttingDown();
    if (request.method === 'HEAD') return reply.headers(HEADERS).send();
    const bound = streams.exceeded(1, account.eventStreams);
    if (bound !== undefined) throw new ProblemError('overloaded', TOO_MANY[bound], { retryAfter: 5 });
    streams.take(1, account.eventStreams);
    reply.hijack();
    const response = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) response.setHeader(name, value);
    response.writeHead(200, HEADERS);
    const send: Send = (text) => {
      // Unread text counts like any other unread answer.
      const isOver = response.writableLength > MAX_UNREAD_BYTES || request.inFlight?.add(text.length) !== undefined;
      if (isOver) request.raw.socket.destroy();
      else response.write(text, () => request.inFlight?.count(-text.length));
    };
    const stop = begin(send);
    const heartbeat = setInterval(() => {
      send(': alive\n\n');
      void isKeyValid(request).then((valid) => {
        if (!valid) end();
      });
    }, heartbeatMs);
    // end() would wait for a client that does not read. After destroy() it reconnects and gets the rest.
    const end = () => (response.writableLength > 0 ? request.raw.socket.destroy() : response.end());
    this.#open.add(end);
    onExchangeEnd(request.raw, response, () => {
      clearInterval(heartbeat);
      stop();
      this.#open.delete(end);
      streams.release(1, account.eventStreams);
    });
    return reply;
  }
}

const TOO_MANY: Readonly<Record<Bound, string>> = {
  all: 'Too many event streams are open. Try again after Retry-After.',
  key: 'This key has its share of the event streams open, at most a quarter. Close one, or try again after Retry-After.',
  tenant:
    'This tenant has its share of the event streams open, at most three quarters. Close one, or try again after Retry-After.',
};
