import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Answer, type Call, type CallContext, type Faults, serveCalls } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';
import { element, textElements, xmlDocument } from '../protocol/xml.js';
import { corsHeaders } from './requests/cors.js';
import { checkPresigned, header, readS3Request, type S3Request } from './requests/s3-request.js';
import { route } from './routes.js';
import type { S3Service } from './s3-service.js';

/** S3 with path-style addresses (https://docs.aws.amazon.com/AmazonS3/latest/API/). */
export function createS3Server(service: S3Service, faults: Faults, settle: () => Promise<void>): Server {
  return createServer(
    serveCalls({
      faults,
      settle,
      internal: new ServiceError('InternalError', 'The local S3 failed.', 500),
      throttled: new ServiceError('SlowDown', 'Please reduce your request rate.', 503),
      read: (request, context) => read(request, context, service),
      refuse,
    }),
  );
}

function read(incoming: IncomingMessage, { requestId }: CallContext, service: S3Service): Call {
  const request = readS3Request(incoming, requestId);
  const allowed = corsHeaders(service.find(request.bucket)?.cors, request);
  if (request.method === 'OPTIONS') return { operation: 'Preflight', run: () => preflight(allowed) };
  if (allowed === undefined && isFromPage(request)) {
    // AWS runs the call, because it has a valid signature. Here no signature is checked, so any page could call.
    throw new ServiceError('AccessForbidden', 'CORSResponse: This CORS request is not allowed.', 403);
  }
  const { name, operation } = route(request);
  return {
    operation: name,
    run: () =>
      withHeaders(request, allowed, () => {
        checkPresigned(request, service.now());
        return operation(request, service);
      }),
  };
}

/** Adds request id and CORS headers to answers and errors, so that a page of another origin can read them. */
async function withHeaders(
  { requestId }: S3Request,
  allowed: Readonly<Record<string, string>> | undefined,
  run: () => Promise<Answer> | Answer,
): Promise<Answer> {
  const headers = { 'x-amz-request-id': requestId, ...allowed };
  try {
    const answer = await run();
    return { ...answer, headers: { ...headers, ...answer.headers } };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, message, status } = error;
    throw new ServiceError(code, message, status, { ...headers, ...error.headers });
  }
}

function isFromPage(request: S3Request): boolean {
  const origin = header(request, 'origin');
  return origin !== undefined && origin !== `http://${header(request, 'host')}`;
}

/** @throws {ServiceError} AccessForbidden */
function preflight(allowed: Record<string, string> | undefined): Answer {
  if (allowed !== undefined) return { status: 200, headers: allowed };
  throw new ServiceError('AccessForbidden', 'CORSResponse: This CORS request is not allowed.', 403);
}

function refuse({ code, message, status, headers }: ServiceError, { requestId }: CallContext): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId, ...headers },
    body: xmlDocument(element('Error', textElements({ Code: code, Message: message, RequestId: requestId }))),
  };
}
