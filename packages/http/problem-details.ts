import { explain, type ItemProblem, PROBLEMS, type ProblemCode } from '@swipegate/contract';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface ProblemExtras {
  field?: string;
  reason?: string;
  errors?: ItemProblem[];
  /** Seconds, sent as Retry-After. */
  retryAfter?: number;
  headers?: Record<string, string>;
}

/** Thrown anywhere in a request, answered as RFC 9457 problem+json. `code` gives status and title. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.code = code;
    this.extras = extras;
  }
}

/** Writes a problem to a reply that has not been sent. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemError): FastifyReply {
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

/** The JSON of a problem. `instance` is the request's id, where there is a request. */
export function problemBody(problem: ProblemError, instance?: string): string {
  const { status, title } = PROBLEMS[problem.code];
  const { field, reason, errors } = problem.extras;
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
  });
}

/** Fastify's and its plugins' own errors, in our words. */
function translate(error: FastifyError, request: FastifyRequest): ProblemError {
  switch (error.code) {
    case 'FST_ERR_VALIDATION':
      return invalidParameter(error);
    case 'FST_ERR_BAD_URL':
      return new ProblemError('bad-request', 'The path has a % that is not followed by the hex digits of UTF-8.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new ProblemError('bad-request', 'A part of the path is longer than any id of this API.');
    case 'FST_ERR_CTP_BODY_TOO_LARGE': {
      const { bodyLimit } = request.routeOptions;
      return new ProblemError('body-too-large', `A body holds at most ${bodyLimit} bytes. Nothing was accepted.`);
    }
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new ProblemError('malformed-json', 'The body is not JSON. Nothing was accepted.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedMediaType(request);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ProblemError('bad-request', 'The body is not as long as Content-Length says.');
    default:
  }
  const status = error.statusCode ?? 500;
  if (status === 408) return new ProblemError('request-timeout', 'Send the whole request within 30 s.');
  if (status >= 400 && status < 500) return new ProblemError('bad-request', error.message);
  return new ProblemError('internal-error', 'Nothing was accepted. Send the same again; the log has the request id.');
}

function unsupportedMediaType({ server }: FastifyRequest): ProblemError {
  const types = ['application/json', 'application/x-ndjson'].filter((type) => server.hasContentTypeParser(type));
  return new ProblemError('unsupported-media-type', `Send ${types.join(' or ')}.`, {
    headers: { 'accept-post': types.join(', ') },
  });
}

/** What a path or header must look like is said by its schema, which names the parameter too. */
function invalidParameter({ validation }: FastifyError): ProblemError {
  const { field, reason } = explain(validation);
  return new ProblemError('bad-request', `${field === '' ? 'The body' : field} ${reason}.`, { field, reason });
}

/** For Fastify's `frameworkErrors`: what its router refuses before any hook or handler of ours is asked. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(request, reply, translate(error, request));
}

/** Makes every error of the app a problem, and 404 one as well. @param description where the app says what it has */
export function useProblemDetails(
  app: FastifyInstance,
  { description = '/docs' }: { description?: string } = {},
): void {
  app.setErrorHandler<FastifyError | ProblemError>((error, request, reply) => {
    const problem = error instanceof ProblemError ? error : translate(error, request);
    if (problem.code === 'internal-error') request.log.error({ err: error }, 'request failed');
    return sendProblem(request, reply, problem);
  });
  // Before the body of a request that leads nowhere is read.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      return done(new ProblemError('bad-request', 'Send a Host header.', { field: 'Host', reason: 'is missing' }));
    }
    if (request.is404) return done(notFound(app, request, description));
    done();
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, notFound(app, request, description)));
}

function notFound(app: FastifyInstance, request: FastifyRequest, description: string): ProblemError {
  const path = request.url.split('?')[0] ?? '';
  const allowed = (['GET', 'POST', 'PUT', 'DELETE'] as const).filter(
    (method) => app.findRoute({ url: path, method }) !== null,
  );
  if (allowed.length === 0) return new ProblemError('not-found', `No resource at ${path}; ${description} lists them.`);
  const allow = allowed.join(', ');
  return new ProblemError('method-not-allowed', `${path} takes ${allow}.`, { headers: { allow } });
}
