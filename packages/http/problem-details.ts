// Adds `summary`, `tags` and `security` to Fastify's route schemas.
/// <reference types="@fastify/swagger" preserve="true" />
import { STATUS_CODES } from 'node:http';
import { type Difference, explain, type ItemProblem, PROBLEMS, type ProblemCode } from '@swipegate/contract';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface ProblemExtras {
  field?: string;
  reason?: string;
  errors?: ItemProblem[];
  differences?: Difference[];
  /** Value of Retry-After, seconds. */
  retryAfter?: number;
  headers?: Record<string, string>;
}

/** Throw it in a request to answer RFC 9457 problem+json. `code` determines status and title. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.code = code;
    this.extras = extras;
  }
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemError): FastifyReply {
  const { retryAfter, headers } = problem.extras;
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  if (headers !== undefined) reply.headers(headers);
  return reply
    .code(PROBLEMS[problem.code].status)
    .type(PROBLEM_TYPE)
    .serializer(String)
    .send(problemBody(problem, request.id));
}

export const PROBLEM_TYPE = 'application/problem+json';

/** Returns a problem as JSON. `instance` is the request id, if there is a request. */
export function problemBody(problem: ProblemError, instance?: string): string {
  const { status, title } = PROBLEMS[problem.code];
  const { field, reason, errors, differences } = problem.extras;
  return JSON.stringify({
    type: `urn:swipegate:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance,
    code: problem.code,
    field,
    reason,
    errors,
    differences,
  });
}

/** OpenAPI responses. Documentation only: the error handler writes the problem+json. */
export function problemResponses(...statuses: number[]): Record<number, unknown> {
  const content = { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: STATUS_CODES[status] ?? 'Problem', content }]),
  );
}

/** Problems by the code of an error of Fastify. */
const PROBLEM_OF: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_BAD_URL: ['bad-request', 'The path has a % that does not start a valid UTF-8 escape such as %C3%A9.'],
  FST_ERR_MAX_PARAM_LENGTH: ['bad-request', 'A path segment is longer than any id of this API.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-json', 'The body is not JSON. Nothing was accepted.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-json', 'The body is not JSON. Nothing was accepted.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad-request', 'The length of the body differs from Content-Length.'],
};

/** Turns an error of Fastify or a plugin into a problem. */
function translate(error: FastifyError, request: FastifyRequest): ProblemError {
  const known = PROBLEM_OF[error.code];
  if (known !== undefined) return new ProblemError(...known);
  if (error.code === 'FST_ERR_VALIDATION') return invalid(error.validation);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedMediaType(request);
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return bodyTooLarge(request.routeOptions.bodyLimit);
  const status = error.statusCode ?? 500;
  if (status === 408) return new ProblemError('request-timeout', 'Send the whole request in less time.');
  if (status >= 400 && status < 500) return new ProblemError('bad-request', error.message);
  return new ProblemError(
    'internal-error',
    'Nothing was accepted. Send the same request again. The log has the details under this request id.',
  );
}

function unsupportedMediaType({ server }: FastifyRequest): ProblemError {
  const types = ['application/json', 'application/x-ndjson'].filter((type) => server.hasContentTypeParser(type));
  return new ProblemError('unsupported-media-type', `Send ${types.join(' or ')}.`, {
    headers: { 'accept-post': types.join(', ') },
  });
}

/** Returns the problem of a value that its schema rejects. */
export function invalid(errors: Parameters<typeof explain>[0]): ProblemError {
  const { field, reason } = explain(errors);
  return badParameter(field, reason);
}

/** @param field empty for the body as a whole */
export function badParameter(field: string, reason: string): ProblemError {
  return new ProblemError('bad-request', `${field === '' ? 'The body' : field} ${reason}.`, { field, reason });
}

/** Returns the problem of an id that does not exist in the tenant. */
export function unknownId(
  noun:
    | 'access level'
    | 'building'
    | 'card'
    | 'change'
    | 'command'
    | 'device'
    | 'employee'
    | 'import'
    | 'lockdown'
    | 'reader'
    | 'roll call'
    | 'schedule'
    | 'zone',
  id: string,
): ProblemError {
  const reason = `is not ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun} of this tenant`;
  return new ProblemError('not-found', `There is no ${noun} ${id}.`, {
    field: `${noun.replace(/ (.)/, (_, letter: string) => letter.toUpperCase())}Id`,
    reason,
  });
}

/** Returns the problem of a body that is larger than `limit`, bytes. */
export function bodyTooLarge(limit: number): ProblemError {
  return new ProblemError('body-too-large', `The body must not exceed ${limit} bytes. Nothing was accepted.`);
}

/** Returns the problem of a request that came after a shutdown began. */
export function shuttingDown(): ProblemError {
  return new ProblemError('shutting-down', 'Nothing was accepted. Send the same request again.', { retryAfter: 1 });
}

/** Handles Fastify's `frameworkErrors`: requests that its router rejects before any hook or handler runs. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(request, reply, translate(error, request));
}

/** Answers every error as a problem, including 404, whose text names the path of the API's description. */
export function useProblemDetails(app: FastifyInstance, { description = '/docs' } = {}): void {
  app.setErrorHandler<FastifyError | ProblemError>((error, request, reply) => {
    const problem = error instanceof ProblemError ? error : translate(error, request);
    if (problem.code === 'internal-error') request.log.error({ err: error }, 'request failed');
    return sendProblem(request, reply, problem);
  });
  // In onRequest, so that the body of a request without a route is not read.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      return done(new ProblemError('bad-request', 'Send a Host header.', { field: 'Host', reason: 'is missing' }));
    }
    const coding = request.headers['transfer-encoding'];
    if (coding !== undefined) {
      const problem = transferProblem(coding, request.raw.httpVersion);
      if (problem !== undefined) return done(problem);
    }
    if (request.is404) return done(notFound(app, request, description));
    done();
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, notFound(app, request, description)));
}

/** Node reads any coding that ends with `chunked`, but undoes only that one (RFC 9112 sections 6.1 and 7). */
function transferProblem(coding: string, httpVersion: string): ProblemError | undefined {
  const field = 'Transfer-Encoding';
  const headers = { connection: 'close' };
  if (httpVersion !== '1.1') {
    const reason = 'is not part of HTTP/1.0';
    return new ProblemError('bad-request', `${field} ${reason}. Send Content-Length.`, { field, reason, headers });
  }
  if (coding.trim().toLowerCase() === 'chunked') return undefined;
  const reason = 'must be absent or chunked';
  return new ProblemError('transfer-coding-unsupported', `${field} ${reason}, not ${coding}.`, {
    field,
    reason,
    headers,
  });
}

function notFound(app: FastifyInstance, request: FastifyRequest, description: string): ProblemError {
  const path = request.url.split('?')[0] ?? '';
  const allowed = (['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const).filter(
    (method) => app.findRoute({ url: path, method }) !== null,
  );
  if (allowed.length === 0)
    return new ProblemError('not-found', `There is no resource at ${path}. See ${description} for the list.`);
  const allow = allowed.join(', ');
  return new ProblemError('method-not-allowed', `${path} allows ${allow}.`, { headers: { allow } });
}
