import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEMS } from '@swipegate/contract';
import { PROBLEM_TYPE, ProblemError, problemBody } from '@swipegate/http/problem-details';

/** Time after the answer until the connection is destroyed if the client has not closed it, ms. */
const LINGER_MS = 1_000;

/**
 * Handles the server's `clientError` event: answers bytes that Node cannot parse as a request with a problem, then
 * closes the connection, as the start of the next request is unknown.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // A second answer must not be written into the middle of one that has begun.
  if (!socket.writable || hasBegunToAnswer(socket)) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = responseOf(explain(error));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  // Destroy later: with unread bytes the kernel sends a reset, which may overtake the answer.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Handles the server's `checkExpectation` event: an Expect header other than 100-continue. */
export function answerExpectation(request: IncomingMessage, response: ServerResponse): void {
  const detail = `Expect: ${request.headers.expect} is not supported; only 100-continue is.`;
  const { status, headers, body } = responseOf(new ProblemError('expectation-failed', detail));
  response.writeHead(status, headers).end(body);
}

function responseOf(problem: ProblemError) {
  const body = problemBody(problem);
  const headers = { 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body), connection: 'close' };
  return { status: PROBLEMS[problem.code].status, headers, body };
}

function explain({ code = '' }: { code?: string }): ProblemError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError('headers-too-large', 'The request line and headers together must not exceed 16 KiB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('request-timeout', 'Send the whole request within 30 s.');
    case 'HPE_INVALID_METHOD':
      return new ProblemError('bad-request', 'The request does not start with a known HTTP/1.1 method.');
    default:
      return new ProblemError('bad-request', `The request is not valid HTTP/1.1 (${code}).`);
  }
}

/** Node keeps the current response on the socket as `_httpMessage`; its own `clientError` handler reads it too. */
function hasBegunToAnswer(socket: Socket): boolean {
  const response: unknown = Reflect.get(socket, '_httpMessage');
  return response instanceof ServerResponse && response.headersSent;
}
