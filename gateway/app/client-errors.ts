import { IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEMS, type ProblemCode } from '@swipegate/contract';
import { PROBLEM_TYPE, ProblemError, problemBody } from '@swipegate/http/problem-details';

/** Time that the client has to read the answer and close the connection, ms. */
const LINGER_MS = 1_000;

/**
 * Answers with a problem when Node cannot parse a request. Then closes the connection, because the start of the next
 * request is unknown.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket, requestTimeoutMs: number): void {
  if (!socket.writable || isAnswered(socket)) {
    socket.destroy();
    return;
  }
  const { code = '' } = error;
  const [problem, detail] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? (['request-timeout', `Send the whole request within ${requestTimeoutMs / 1000} s.`] as const)
      : (PROBLEM_OF[code] ?? (['bad-request', `The request is not valid HTTP/1.1 (${code}).`] as const));
  const { status, headers, body } = responseOf(new ProblemError(problem, detail));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  // Destroy later: if bytes are unread, the kernel sends a reset, which may overtake the answer.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Answers a request with an Expect header other than 100-continue. */
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

const PROBLEM_OF: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The request line and headers together must not exceed 16 KiB.'],
  HPE_INVALID_METHOD: ['bad-request', 'The request does not start with a known HTTP/1.1 method.'],
};

/**
 * Whether an answer would be a second one, or would overtake one. Node keeps the current response on the socket as
 * `_httpMessage`, which its own `clientError` handler reads too, and the current request on its parser.
 */
function isAnswered(socket: Socket): boolean {
  const response: unknown = Reflect.get(socket, '_httpMessage');
  // If the request is complete, the error is in the next one, and the answer to this one comes first.
  if (response instanceof ServerResponse) return response.headersSent || response.req.complete;
  const parser: unknown = Reflect.get(socket, 'parser');
  const request: unknown = typeof parser === 'object' && parser !== null && Reflect.get(parser, 'incoming');
  // An early answer, such as a 401, is complete while the body of its request is not.
  return request instanceof IncomingMessage && !request.complete;
}
