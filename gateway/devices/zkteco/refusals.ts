import { hasApiKeyForm, PROBLEMS } from '@swipegate/contract';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { fieldsOf, firstField } from '../field.js';
import type { RefusedDevices } from '../refused-devices.js';
import { firmwareOf, kindOf } from './about.js';
import { isRegistration } from './body.js';

const SERIAL = /^[A-Za-z0-9._:-]{1,64}$/;
/** Tells a device that it may not register. */
const NOT_ACCEPTABLE = 406;

/** Returns the serial number with which a device names itself; undefined if it has none, or none that could exist. */
export function serialOf(request: FastifyRequest): string | undefined {
  const serial = firstField(fieldsOf(request.query), ['sn']);
  // A key that somebody typed there must not get into logs.
  return serial !== undefined && SERIAL.test(serial) && !hasApiKeyForm(serial) ? serial : undefined;
}

/** Answers errors as text, which is all that devices read. */
export function answerInText(api: FastifyInstance, refused: RefusedDevices): void {
  api.setErrorHandler<FastifyError | ProblemError>((error, request, reply) => {
    const code = error instanceof ProblemError ? error.code : undefined;
    const status = code === undefined ? ((error as FastifyError).statusCode ?? 500) : PROBLEMS[code].status;
    if (status === 500) request.log.error({ err: error }, 'request failed');
    const isUnknown = code === 'unknown-key' || code === 'missing-key';
    if (isUnknown) {
      const query = fieldsOf(request.query);
      const told = { model: kindOf(query), firmware: firmwareOf(query) };
      refused.note(request, { make: 'zkteco', serial: serialOf(request), ...told });
    }
    if (error instanceof ProblemError && error.extras.retryAfter !== undefined) {
      reply.header('retry-after', String(error.extras.retryAfter));
    }
    const text = isUnknown ? 'unknown device' : (code ?? error.message);
    return reply
      .code(isUnknown && isRegistration(request) ? NOT_ACCEPTABLE : status)
      .header('content-type', 'text/plain')
      .send(`ERROR: ${text}`);
  });
}
