import { tenantKey } from '@swipegate/contract';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { principalOf } from '../../auth/authenticate.js';
import type { DeviceContacts } from '../contacts.js';
import { deviceOf } from '../device.js';
import { callDevice } from './isapi.js';
import type { DeviceLogins } from './logins.js';

const EVERY_MS = 3_600_000;
const MOST_DEVICES = 10_000;
const CALL_MS = 5_000;

/** Asks devices that the gateway may call for their model and firmware. Their events do not have them. */
export class DeviceAbouts {
  readonly #contacts: DeviceContacts;
  readonly #logins: DeviceLogins;
  /** Devices that were asked within the last hour. */
  readonly #asked = new LRUCache<string, true>({ max: MOST_DEVICES, ttl: EVERY_MS });

  constructor(contacts: DeviceContacts, logins: DeviceLogins) {
    this.#contacts = contacts;
    this.#logins = logins;
  }

  /** Asks the device of a request, at most once an hour. Does not wait for it. */
  note(request: FastifyRequest): void {
    const { tenantId } = principalOf(request);
    const { deviceId } = deviceOf(request);
    const key = tenantKey(tenantId, deviceId);
    if (this.#asked.has(key)) return;
    this.#asked.set(key, true);
    const login = this.#logins.of(tenantId, deviceId, request.log);
    if (login === undefined) return;
    callDevice(login, { method: 'GET', path: '/ISAPI/System/deviceInfo', timeoutMs: CALL_MS }).then(
      (xml) => {
        const [model, firmware] = [textOf(xml, 'model'), textOf(xml, 'firmwareVersion')];
        this.#contacts.seen(request, { model, firmware });
      },
      (error: unknown) => request.log.warn({ err: error, deviceId }, 'a device does not tell its model'),
    );
  }
}

function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
