import { randomUUID } from 'node:crypto';
import { type DoorEvent, readersOfDevice, tenantKey } from '@swipegate/contract';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { principalOf } from '../auth/authenticate.js';
import { DOOR_EVENT_ITEMS } from '../intake/item-kinds.js';
import { deviceOf } from './device.js';
import type { DeviceIntake } from './device-intake.js';

const MOST_DEVICES = 10_000;
const INTERVAL_MS = 60_000;

/** Any request of a device says that its readers are alive, at most once a minute. */
export class Heartbeats {
  readonly #intake: DeviceIntake;
  /** Devices heard within the last minute. */
  readonly #heard = new LRUCache<string, true>({ max: MOST_DEVICES, ttl: INTERVAL_MS });

  constructor(intake: DeviceIntake) {
    this.#intake = intake;
  }

  /** Does not wait for the stream: a heartbeat that is lost comes again. */
  note(request: FastifyRequest): void {
    const device = deviceOf(request);
    const key = tenantKey(principalOf(request).tenantId, device.deviceId);
    if (this.#heard.has(key)) return;
    this.#heard.set(key, true);
    const occurredAt = new Date().toISOString();
    const events = readersOfDevice(device).map(
      (readerId): DoorEvent => ({ eventId: randomUUID(), readerId, type: 'heartbeat', occurredAt }),
    );
    this.#intake.store(DOOR_EVENT_ITEMS, events, request).catch((error: unknown) => {
      request.log.debug({ err: error, deviceId: device.deviceId }, 'a heartbeat was not stored');
    });
  }
}
