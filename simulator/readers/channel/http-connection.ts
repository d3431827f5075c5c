import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type HttpAnswer, readAnswer } from './http-answer.js';

/** Hears how a request ended: with an answer, or with the reason why there is none. Called once. */
export type Answered = (answer: HttpAnswer | undefined, error: Error | undefined) => void;

interface Exchange {
  request: string;
  onSent: ((nowMs: number) => void) | undefined;
  onAnswer: Answered;
}

export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code: 'NO_ANSWER_IN_TIME' | 'CONNECTION_ENDED' | 'CONNECTION_CLOSED_HERE';

  constructor(code: NoAnswerError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * One keep-alive connection, as a reader has it: a request at a time (HTTP/1.1 without pipelining), opened when it is first
 * needed and again after a fault. It repeats nothing: whoever posts knows what may be posted twice.
 *
 * On node:net rather than on a client library: a simulator shares its machine with what it measures, or must load many of
 * them; ten thousand of these are cheap, and a request is one write and one read.
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

  /** @param timeoutMs how long an answer may take, and with it connecting, ms */
  constructor(target: URL, timeoutMs: number) {
    this.#target = target;
    this.#timeoutMs = timeoutMs;
  }

  /** Requests without an answer. */
  get pending(): number {
    return this.#waiting.length + (this.#current === undefined ? 0 : 1);
  }

  /** Opens the connection before it is needed. Resolves when it stands, or could not be made to: then the first request tries again. */
  open(): Promise<void> {
    if (this.#closed || this.#socket !== undefined) return Promise.resolve();
    const socket = this.#connect();
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', () => resolve());
    });
  }

  /** @param request head and body; @param onSent told when its bytes went to the socket */
  request(request: string, onAnswer: Answered, onSent?: (nowMs: number) => void): void {
    if (this.#closed) {
      onAnswer(undefined, new NoAnswerError('CONNECTION_CLOSED_HERE', 'the simulator has closed the connection'));
      return;
    }
    this.#waiting.push({ request, onAnswer, onSent });
    if (this.#current === undefined) this.#sendNext();
  }

  /** To be called now and then: gives up on an answer that takes too long. One look at many connections is cheaper than a timer each. */
  checkTimeout(nowMs: number): void {
    if (this.#current === undefined || nowMs - this.#sentMs < this.#timeoutMs) return;
    this.#fail(new NoAnswerError('NO_ANSWER_IN_TIME', `no answer within ${this.#timeoutMs} ms`));
  }

  /** What is under way gets no answer. */
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
    try {
      const read = readAnswer(all);
      if (read === undefined || read.untilClose) this.#received = all;
      else this.#answer(read.answer);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #answer(answer: HttpAnswer): void {
    const current = this.#current;
    this.#current = undefined;
    if (!answer.keepAlive) this.#drop();
    // An answer that nobody asked for (a server's 408 to an idle connection) tells nobody anything.
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
