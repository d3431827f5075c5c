import type { DeviceMake, DeviceOfKey } from '@swipegate/contract';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hashOfKey, type KeyHashOf } from '../auth/authenticate.js';
import { readBody, skipBody } from '../intake/read-body.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { DeviceContacts } from './contacts.js';
import { deviceOf, refuseElsewhere } from './device.js';

interface KeyedPath {
  Params: { key: string; '*'?: string };
}

/** A request of a device that is known by the key in its path. */
export interface DeviceCall {
  request: FastifyRequest;
  reply: FastifyReply;
  device: DeviceOfKey;
  /** Last part of the path, in lower case; empty if the path ends with the key. */
  name: string;
  /** Empty without a body, and for pictures. */
  body: Buffer;
}

/** Answers the requests of one make. */
export type DeviceAnswer = (call: DeviceCall) => FastifyReply | Promise<FastifyReply>;

/** Bodies with pictures have some 100 kB. */
const MOST_BYTES = 2 * 1_024 * 1_024;
const NO_BYTES = Buffer.alloc(0);
const PICTURE = /^(?:(?:image|audio|video)\/|application\/octet-stream)/i;

export const pathKeyHash: KeyHashOf = ({ params }) => {
  const key: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, 'key') : undefined;
  return hashOfKey(typeof key === 'string' ? key : undefined);
};

/**
 * Adds `/d/KEY/...` for devices whose menu takes a path and nothing more. The registry says which make a key is of, so
 * that a device cannot be taken for one of another make.
 */
export function keyedDeviceRoutes(
  api: FastifyInstance,
  { contacts, metrics }: { contacts: DeviceContacts; metrics: GatewayMetrics },
  answers: Readonly<Partial<Record<DeviceMake, DeviceAnswer>>>,
): void {
  refuseElsewhere(api);
  api.addHook('onError', (_request, _reply, error, done) => {
    if ('code' in error && error.code === 'unknown-key') metrics.devicesRefused.inc();
    done();
  });
  api.removeAllContentTypeParsers();
  api.addContentTypeParser(PICTURE, (request, payload, done) => {
    // Dropped unread: nothing here needs pictures of people.
    skipBody(request, payload, { onData: () => undefined, done: (error) => done(error, NO_BYTES) });
  });
  api.addContentTypeParser('*', readBody);
  for (const url of ['/d/:key', '/d/:key/*']) {
    api.route<KeyedPath>({
      method: ['GET', 'POST', 'PUT'],
      url,
      bodyLimit: MOST_BYTES,
      exposeHeadRoute: false,
      handler: (request, reply) => {
        const device = deviceOf(request);
        const answer = answers[device.make];
        if (answer === undefined) throw wrongMake(device);
        contacts.seen(request);
        const name = (request.params['*'] ?? '').split('/').at(-1) ?? '';
        const body = Buffer.isBuffer(request.body) ? request.body : NO_BYTES;
        return answer({ request, reply, device, name: name.toLowerCase(), body });
      },
    });
  }
}

function wrongMake({ deviceId, make }: DeviceOfKey): ProblemError {
  const detail = `The device ${deviceId} is of the make ${make}, which does not call this path. Correct its make.`;
  return new ProblemError('wrong-key-role', detail);
}
