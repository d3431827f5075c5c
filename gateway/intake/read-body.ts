import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { bodyTooLarge, ProblemError } from '@swipegate/http/problem-details';
import type { FastifyRequest } from 'fastify';
import { announcedBytes } from './load-shedding.js';

/** Responses to requests that wait for `100 Continue` before they send a body. */
const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/** Answers `Expect: 100-continue` when the body is read, not before: a refused request then sends no body. */
export function continueWhenRead(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.set(request, response);
    server.emit('request', request, response);
  });
}

/**
 * Reads a body and counts its bytes as they come. One of unknown length counts as the largest until it is complete.
 * Removes a byte-order mark (RFC 8259 section 8.1).
 * @param done gets the body, or a problem: `body-too-large`, `overloaded`, `bad-request` or `malformed-json`
 */
export function readBody(
  request: FastifyRequest,
  payload: IncomingMessage,
  done: (error: Error | null, bytes?: Buffer) => void,
): void {
  const { inFlight } = request;
  const { bodyLimit } = request.routeOptions;
  const announced = announcedBytes(request.headers);
  const refused =
    announced === undefined ? inFlight?.add(bodyLimit) : announced > bodyLimit ? bodyTooLarge(bodyLimit) : undefined;
  if (refused !== undefined) {
    done(refused);
    return;
  }
  if (request.headers.expect !== undefined) waiting.get(request.raw)?.writeContinue();

  const chunks: Buffer[] = [];
  let length = 0;
  const onData = (chunk: Buffer) => {
    length += chunk.length;
    if (length > bodyLimit) return end(bodyTooLarge(bodyLimit));
    const problem = announced === undefined ? undefined : inFlight?.add(chunk.length);
    if (problem !== undefined) return end(problem);
    chunks.push(chunk);
  };
  const onEnd = () => end(announced === undefined || announced === length ? undefined : cutShort());
  const onError = () => end(cutShort());
  const end = (problem: ProblemError | undefined) => {
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    if (problem !== undefined) return done(problem);
    if (announced === undefined) inFlight?.count(length - bodyLimit);
    const [first] = chunks;
    // Node copies each chunk out of its read buffer, so a single one needs no further copy.
    const bytes = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, length);
    if (isUtf16(bytes)) return done(utf16());
    done(null, hasByteOrderMark(bytes) ? bytes.subarray(3) : bytes);
  };
  payload.on('data', onData).on('end', onEnd).on('error', onError).resume();
}

/**
 * Lets a body of any size pass without keeping it. Its time is bounded by the request's.
 * @param onData sees each part; it must not keep it
 */
export function skipBody(
  request: FastifyRequest,
  payload: IncomingMessage,
  { onData, done }: { onData: (part: Buffer) => void; done: (error: Error | null) => void },
): void {
  if (request.headers.expect !== undefined) waiting.get(request.raw)?.writeContinue();
  const onEnd = () => end(null);
  const onError = () => end(cutShort());
  const end = (problem: ProblemError | null) => {
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    done(problem);
  };
  payload.on('data', onData).on('end', onEnd).on('error', onError).resume();
}

function hasByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

function cutShort(): ProblemError {
  return new ProblemError('bad-request', 'The body ended before its Content-Length. Nothing was accepted.');
}

function utf16(): ProblemError {
  const reason = 'the body is UTF-16; send UTF-8';
  return new ProblemError('malformed-json', `The body is not valid JSON: ${reason}.`, { reason });
}
