import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEMS } from '@swipegate/contract';
import { PROBLEM_TYPE, ProblemError, problemBody } from '@swipegate/http/problem-details';

/** A client that does not close after its answer is cut off after this, ms. */
const LINGER_MS = 1_000;

/**
 * For `clientError` of the server: bytes that Node could not make a request of are answered as a problem, and the
 * connection is closed, for nobody knows where the next request would begin.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // An answer that has begun must not get another into its middle.
  if (!socket.writable || hasBegunToAnswer(socket)) {
    socket.destroy();
    return;
  }
  const problem = explain(error);
  const { status } = PROBLEMS[problem.code];
  const body = problemBody(problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Not destroyed at once: with bytes unread the kernel would send a reset, which may overtake the answer.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** For `checkExpectation` of the server: an Expect header other than 100-continue. */
export function answerExpectation(request: IncomingMessage, response: ServerResponse): void {
  const problem = new ProblemError('expectation-failed', `Expect: ${request.headers.expect} is not known here.`);
  const body = problemBody(problem);
  response
    .writeHead(PROBLEMS[problem.code].status, {
      'content-type': PROBLEM_TYPE,
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    })
    .end(body);
}

function explain({ code = '' }: { code?: string }): ProblemError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError('headers-too-large', 'Request line and headers together hold at most 16 KiB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('request-timeout', 'Send the whole request within 30 s.');
    case 'HPE_INVALID_METHOD':
      return new ProblemError('bad-request', 'The method is none of HTTP, or the connection does not speak HTTP/1.1.');
    default:
      return new ProblemError('bad-request', `The request is not HTTP/1.1 (${code}).`);
  }
}

/** Node keeps the response under way on the socket, as its own handler of these errors reads it. */
function hasBegunToAnswer(socket: Socket): boolean {
  const response: unknown = Reflect.get(socket, '_httpMessage');
  return response instanceof ServerResponse && response.headersSent;
}
