import { randomUUID } from 'node:crypto';
import { type DeviceContactRecord, type DoorEvent, readersOfDevice, tenantKey } from '@swipegate/contract';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { principalOf } from '../auth/authenticate.js';
import { DOOR_EVENT_ITEMS } from '../intake/item-kinds.js';
import type { Sink } from '../intake/sink.js';
import { deviceOf } from './device.js';
import type { DeviceIntake } from './device-intake.js';

/** Members of a device that it tells of itself. Left out, what it told before stands. */
export interface Told {
  model?: string | undefined;
  firmware?: string | undefined;
  /** How far the device's clock is ahead of the gateway's, ms; negative: behind. */
  clockOffsetMs?: number | undefined;
}

interface Known extends Told {
  address?: string | undefined;
  isChanged: boolean;
  /** Last record, and the last that a change caused, ms of performance.now(). */
  sentMs: number;
  changeSentMs: number;
}

const MOST_DEVICES = 10_000;
const INTERVAL_MS = 60_000;
/** A device whose answers differ each time must not fill the stream. */
const CHANGE_INTERVAL_MS = 5_000;
/** A clock that drifts is no change. */
const CLOCK_STEP_MS = 30_000;

/** Any request of a device says that it and its readers are alive, at most once a minute, or when it has news of itself. */
export class DeviceContacts {
  readonly #intake: DeviceIntake;
  readonly #sink: Sink;
  readonly #devices = new LRUCache<string, Known>({ max: MOST_DEVICES });

  constructor(intake: DeviceIntake, sink: Sink) {
    this.#intake = intake;
    this.#sink = sink;
  }

  /**
   * Records that the device of an authenticated request is there, and what it tells of itself. Does not wait for the
   * stream: a contact that is lost comes again. Never throws because of what a device tells.
   */
  seen(request: FastifyRequest, { model, firmware, clockOffsetMs }: Told = {}): void {
    const device = deviceOf(request);
    const key = tenantKey(principalOf(request).tenantId, device.deviceId);
    const nowMs = performance.now();
    let known = this.#devices.get(key);
    if (known === undefined) {
      known = { isChanged: false, sentMs: Number.NEGATIVE_INFINITY, changeSentMs: Number.NEGATIVE_INFINITY };
      this.#devices.set(key, known);
    }
    note(known, 'address', addressOf(request));
    note(known, 'model', model);
    note(known, 'firmware', firmware);
    if (clockOffsetMs !== undefined && Number.isFinite(clockOffsetMs)) {
      const offset = Math.round(clockOffsetMs);
      known.isChanged ||= Math.abs(offset - (known.clockOffsetMs ?? Number.POSITIVE_INFINITY)) >= CLOCK_STEP_MS;
      known.clockOffsetMs = offset;
    }
    const isDue = nowMs - known.sentMs >= INTERVAL_MS;
    if (isDue) {
      known.sentMs = nowMs;
      this.#beat(request);
    } else if (known.isChanged && nowMs - known.changeSentMs >= CHANGE_INTERVAL_MS) {
      known.changeSentMs = nowMs;
    } else {
      return;
    }
    known.isChanged = false;
    this.#send(request, known);
  }

  #beat(request: FastifyRequest): void {
    const occurredAt = new Date().toISOString();
    const device = deviceOf(request);
    const events = readersOfDevice(device).map(
      (readerId): DoorEvent => ({ eventId: randomUUID(), readerId, type: 'heartbeat', occurredAt }),
    );
    this.#intake.store(DOOR_EVENT_ITEMS, events, request).catch((error: unknown) => {
      request.log.debug({ err: error, deviceId: device.deviceId }, 'a heartbeat was not stored');
    });
  }

  #send(request: FastifyRequest, { address, model, firmware, clockOffsetMs }: Known): void {
    const { deviceId } = deviceOf(request);
    const { tenantId } = principalOf(request);
    const record: DeviceContactRecord = {
      ...{ kind: 'device-contact', tenantId, deviceId },
      ...(address !== undefined && { address }),
      ...(model !== undefined && { model }),
      ...(firmware !== undefined && { firmware }),
      ...(clockOffsetMs !== undefined && { clockOffsetMs }),
      at: new Date().toISOString(),
    };
    putAside(this.#sink, tenantKey(tenantId, deviceId), record, request);
  }
}

function note(known: Known, member: 'address' | 'model' | 'firmware', told: string | undefined): void {
  const text = toldText(told);
  if (text === undefined || text === known[member]) return;
  known[member] = text;
  known.isChanged = true;
}

/** Returns a device's text about itself as the records hold it: printable ASCII, cut. Undefined if nothing is left. */
export function toldText(text: string | undefined): string | undefined {
  return (
    text
      ?.slice(0, 256)
      .replace(/[^!-~]+/g, ' ')
      .trim()
      .slice(0, 64)
      .trimEnd() || undefined
  );
}

/** Returns the address of a connection. An IPv4 address is written as one, whatever the socket is. */
export function addressOf({ socket }: FastifyRequest): string | undefined {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Puts a record that nobody waits for. If it is lost, its device calls again. */
export function putAside(sink: Sink, partitionKey: string, record: object, request: FastifyRequest): void {
  const lost = (error: unknown) => request.log.debug({ err: error, record }, 'a contact of a device was not stored');
  try {
    sink.put(partitionKey, JSON.stringify(record)).catch(lost);
  } catch (error) {
    lost(error);
  }
}
