import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type HttpAnswer, readAnswer } from './http-answer.js';

/** Called once per request, with the answer or with the reason why there is none. */
type Answered = (answer: HttpAnswer | undefined, error: Error | undefined) => void;

interface Exchange {
  request: string;
  onSent: ((nowMs: number) => void) | undefined;
  onAnswer: Answered;
}

class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code: 'NO_ANSWER_IN_TIME' | 'CONNECTION_ENDED' | 'CONNECTION_CLOSED_HERE';

  constructor(code: NoAnswerError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A reader's keep-alive connection: one request at a time, opened on first use and again after an error. The caller retries.
 * Uses node:net, not a client library: the simulator may share a machine with the gateway, so a request must be cheap.
 */
export class HttpConnection {
  readonly #target: URL;
  readonly #timeoutMs: number;
  readonly #waiting: Exchange[] = [];
  #socket: Socket | undefined;
  #current: Exchange | undefined;
  #sentMs = 0;
  #received: Buffer | undefined;
  #closed = false;

  /** @param timeoutMs how long an answer may take, including connecting, ms */
  constructor(target: URL, timeoutMs: number) {
    this.#target = target;
    this.#timeoutMs = timeoutMs;
  }

  /** Requests without an answer. */
  get pending(): number {
    return this.#waiting.length + (this.#current === undefined ? 0 : 1);
  }

  /** Opens the connection ahead of use. Also resolves if that fails; the first request then tries again. */
  open(): Promise<void> {
    if (this.#closed || this.#socket !== undefined) return Promise.resolve();
    const socket = this.#connect();
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', () => resolve());
    });
  }

  /** @param request head and body; @param onSent called when its bytes are written to the socket */
  request(request: string, onAnswer: Answered, onSent?: (nowMs: number) => void): void {
    if (this.#closed) {
      onAnswer(undefined, new NoAnswerError('CONNECTION_CLOSED_HERE', 'the simulator has closed the connection'));
      return;
    }
    this.#waiting.push({ request, onAnswer, onSent });
    if (this.#current === undefined) this.#sendNext();
  }

  /** Fails the current request if its answer is overdue. Call it regularly: that is cheaper than a timer per connection. */
  checkTimeout(nowMs: number): void {
    if (this.#current === undefined || nowMs - this.#sentMs < this.#timeoutMs) return;
    this.#fail(new NoAnswerError('NO_ANSWER_IN_TIME', `no answer within ${this.#timeoutMs} ms`));
  }

  /** Closes the connection. Pending requests fail with CONNECTION_CLOSED_HERE. */
  close(): void {
    this.#closed = true;
    const ended = new NoAnswerError('CONNECTION_CLOSED_HERE', 'the simulator has closed the connection');
    this.#fail(ended);
    for (const { onAnswer } of this.#waiting.splice(0)) onAnswer(undefined, ended);
  }

  #sendNext(): void {
    if (this.#closed) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#current = next;
    this.#socket ??= this.#connect();
    this.#sentMs = performance.now();
    this.#socket.write(next.request);
    next.onSent?.(this.#sentMs);
  }

  #connect(): Socket {
    const { protocol, port, hostname } = this.#target;
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket =
      protocol === 'https:'
        ? connectTls({ host, port: Number(port || 443), servername: host, ALPNProtocols: ['http/1.1'] })
        : connect({ host, port: Number(port || 80) });
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#receive(socket, bytes));
    socket.on('error', (error) => this.#ended(socket, error));
    socket.on('close', () =>
      this.#ended(socket, new NoAnswerError('CONNECTION_ENDED', 'the gateway closed the connection')),
    );
    return socket;
  }

  #receive(socket: Socket, bytes: Buffer): void {
    if (socket !== this.#socket) return;
    const all = this.#received === undefined ? bytes : Buffer.concat([this.#received, bytes]);
    this.#received = undefined;
    let read: ReturnType<typeof readAnswer>;
    try {
      read = readAnswer(all);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    // Outside the try: an error in the caller must end the run, not leave its swipe without an answer.
    if (read === undefined || read.untilClose) this.#received = all;
    else this.#answer(read.answer);
  }

  #answer(answer: HttpAnswer): void {
    const current = this.#current;
    this.#current = undefined;
    if (!answer.keepAlive) this.#drop();
    // Without a current request the answer is unsolicited, such as a 408 on an idle connection: ignore it.
    current?.onAnswer(answer, undefined);
    if (this.#current === undefined) this.#sendNext();
  }

  #ended(socket: Socket, error: Error): void {
    if (socket !== this.#socket) return;
    const read = this.#received === undefined ? undefined : readAnswer(this.#received);
    if (read?.untilClose === true) {
      this.#received = undefined;
      this.#answer(read.answer);
      return;
    }
    this.#fail(error);
  }

  #fail(error: Error): void {
    this.#drop();
    const current = this.#current;
    this.#current = undefined;
    current?.onAnswer(undefined, error);
    if (this.#current === undefined) this.#sendNext();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#received = undefined;
    socket?.destroy();
  }
}

/** Request line and headers of a POST, without the value of content-length. @param wait for the decision, seconds */
export function requestHead(url: URL, key: string, type = 'application/json', wait?: number): string {
  return [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    `authorization: Bearer ${key}`,
    `content-type: ${type}`,
    ...(wait === undefined ? [] : [`prefer: wait=${wait}`]),
    'content-length: ',
  ].join('\r\n');
}

/** Completes a {@link requestHead} with its body. */
export function requestOf(head: string, body: string): string {
  return `${head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
