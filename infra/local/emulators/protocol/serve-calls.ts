import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Faults } from './faults.js';
import { ServiceError } from './service-error.js';

export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Readable;
}

/** A request that was understood. */
export interface Call {
  /** As the SDK's command is named, without `Command`. */
  operation: string;
  run(): Promise<Answer> | Answer;
}

export interface CallContext {
  requestId: string;
  /** Aborted when the caller is gone, or was answered. */
  signal: AbortSignal;
}

/** How a service reads requests and tells of errors. */
export interface Protocol {
  /** @throws {ServiceError} for what it does not understand */
  read(request: IncomingMessage, context: CallContext): Promise<Call> | Call;
  refuse(error: ServiceError, context: CallContext): Answer;
  /** What it says when too much is asked of it. */
  throttled: ServiceError;
  /** What it says when it fails. */
  internal: ServiceError;
  faults: Faults;
}

/** Answers each request as the protocol says. A failure of the emulator itself is told on stderr and answered with `internal`. */
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
        if (!gone.signal.aborted) process.stderr.write(`${String(error)}\n`);
        response.destroy();
      });
  };
}

/** @returns undefined when the answer is to be lost */
async function answer(protocol: Protocol, request: IncomingMessage, context: CallContext): Promise<Answer | undefined> {
  try {
    const call = await protocol.read(request, context);
    const fault = protocol.faults.take(call.operation);
    if (fault === 'internal') throw protocol.internal;
    if (fault === 'throttle') throw protocol.throttled;
    const result = await call.run();
    if (fault !== 'answer-lost') return result;
    if (typeof result.body === 'object') result.body.destroy();
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return protocol.refuse(error, context);
    if (!context.signal.aborted) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return protocol.refuse(protocol.internal, context);
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): Promise<void> {
  discardRest(request);
  response.writeHead(status, headers);
  if (typeof body === 'object') await pipeline(body, response);
  else response.end(body);
}

/** What nobody read of a body would stand before the connection's next request. */
function discardRest(request: IncomingMessage): void {
  // Of whoever began to read and gave up: while they listen, nothing flows.
  request.removeAllListeners('readable');
  setImmediate(() => request.resume());
}
