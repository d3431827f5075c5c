import { PROBLEMS } from '@swipegate/contract';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { fieldsOf, firstField } from '../field.js';

const SERIAL = /^[A-Za-z0-9._:-]{1,64}$/;
const [MOST_SERIALS, LOG_EVERY_MS] = [1_000, 60_000];
/** Tells a device that it may not register. */
const NOT_ACCEPTABLE = 406;

/** Returns the serial number with which a device names itself; undefined if it has none, or none that could exist. */
export function serialOf(request: FastifyRequest): string | undefined {
  const serial = firstField(fieldsOf(request.query), ['sn']);
  return serial !== undefined && SERIAL.test(serial) ? serial : undefined;
}

/** Answers errors as text, which is all that devices read, and tells of unknown serial numbers once a minute each. */
export function answerInText(api: FastifyInstance, metrics: GatewayMetrics): void {
  const told = new LRUCache<string, true>({ max: MOST_SERIALS, ttl: LOG_EVERY_MS });
  api.setErrorHandler<FastifyError | ProblemError>((error, request, reply) => {
    const code = error instanceof ProblemError ? error.code : undefined;
    const status = code === undefined ? ((error as FastifyError).statusCode ?? 500) : PROBLEMS[code].status;
    if (status === 500) request.log.error({ err: error }, 'request failed');
    const isUnknown = code === 'unknown-key' || code === 'missing-key';
    if (isUnknown) {
      metrics.devicesRefused.inc();
      const serial = serialOf(request) ?? '';
      if (!told.has(serial)) {
        told.set(serial, true);
        request.log.warn(
          { serial, address: request.socket.remoteAddress },
          'a ZKTeco device with an unknown serial number was refused; register it, if it is yours',
        );
      }
    }
    if (error instanceof ProblemError && error.extras.retryAfter !== undefined) {
      reply.header('retry-after', String(error.extras.retryAfter));
    }
    const isRegistration = request.routeOptions.url?.startsWith('/iclock/registry') === true;
    const text = isUnknown ? 'unknown device' : (code ?? error.message);
    return reply
      .code(isUnknown && isRegistration ? NOT_ACCEPTABLE : status)
      .header('content-type', 'text/plain')
      .send(`ERROR: ${text}`);
  });
}
