import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { printableText } from '@swipegate/terminal/fit';
import { ServiceError } from './service-error.js';

export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Readable;
}

export interface Call {
  /** Name of the SDK's command without `Command`. */
  operation: string;
  run(): Promise<Answer> | Answer;
}

export interface CallContext {
  requestId: string;
  /** Aborted when the caller has disconnected or was answered. */
  signal: AbortSignal;
}

export interface Protocol {
  /** Parses a request. @throws {ServiceError} for an invalid one */
  read(request: IncomingMessage, context: CallContext): Promise<Call> | Call;
  refuse(error: ServiceError, context: CallContext): Answer;
  throttled: ServiceError;
  internal: ServiceError;
  faults: Faults;
  /** Called before each answer; resolves when the changes of the call are kept. */
  settle(): Promise<void>;
}

/** Answers requests by the protocol. Writes failures of the emulator itself to stderr and answers with `internal`. */
export function serveCalls(protocol: Protocol): RequestListener {
  return (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const context = { requestId: randomUUID(), signal: gone.signal };
    answer(protocol, request, context)
      .then(async (result) => {
        if (result === undefined) response.destroy();
        else await send(request, response, result);
      })
      .catch((error: unknown) => {
        if (!gone.signal.aborted) process.stderr.write(`${printableText(String(error))}\n`);
        response.destroy();
      });
  };
}

/** Runs a call. @returns undefined for the fault `answer-lost` */
async function answer(protocol: Protocol, request: IncomingMessage, context: CallContext): Promise<Answer | undefined> {
  try {
    const call = await protocol.read(request, context);
    const fault = protocol.faults.take(call.operation);
    if (fault === 'internal') throw protocol.internal;
    if (fault === 'throttle') throw protocol.throttled;
    const result = await call.run();
    await protocol.settle();
    if (fault !== 'answer-lost') return result;
    if (typeof result.body === 'object') result.body.destroy();
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return protocol.refuse(error, context);
    if (!context.signal.aborted)
      process.stderr.write(`${printableText(String(error instanceof Error ? error.stack : error))}\n`);
    return protocol.refuse(protocol.internal, context);
  }
}

async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  // Drain the unread rest of the body: it would precede the connection's next request. A `readable` listener of an aborted
  // read would keep the stream from flowing.
  request.removeAllListeners('readable');
  setImmediate(() => request.resume());
  response.writeHead(answer.status, answer.headers);
  if (typeof answer.body === 'object') await pipeline(answer.body, response);
  else response.end(answer.body);
}

/**
 * `internal` and `throttle` refuse a call before it has any effect. `answer-lost` runs the call, then breaks the connection,
 * so the caller cannot know its result.
 */
export type FaultKind = 'internal' | 'throttle' | 'answer-lost';

/** Planned faults, by operation. */
export class Faults {
  readonly #next = new Map<string, FaultKind[]>();

  /** Makes an operation, e.g. `PutObject`, fail after the faults planned before. The SDK makes three attempts. */
  failNext(operation: string, { times = 1, kind = 'internal' }: { times?: number; kind?: FaultKind } = {}): void {
    const planned = this.#next.get(operation) ?? [];
    this.#next.set(operation, planned.concat(Array.from({ length: times }, () => kind)));
  }

  /** Removes and returns the next planned fault. */
  take(operation: string): FaultKind | undefined {
    return this.#next.get(operation)?.shift();
  }
}
