import { type DeviceMake, type RefusedDeviceRecord, unpairedDevicesKey } from '@swipegate/contract';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Sink } from '../intake/sink.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { addressOf, putAside, type Told, toldText } from './contacts.js';

export interface RefusedDevicesOptions {
  /** Tenant of devices that name themselves by a serial number; undefined: none has any. */
  tenantId: string | undefined;
  sink: Sink;
  metrics: GatewayMetrics;
  /** Now, ms. Default: performance.now */
  now?: () => number;
}

export interface RefusedCall extends Pick<Told, 'model' | 'firmware'> {
  make: DeviceMake;
  /** Undefined if the device gave none that could exist. */
  serial: string | undefined;
}

/** Calls of one serial number since its last record. */
interface Calls extends Pick<Told, 'model' | 'firmware'> {
  requests: number;
  toldMs: number;
}

const MINUTE_MS = 60_000;
/** Records a minute, by this process: in all, and from one address, so that a flood hides no real device elsewhere. */
export const [MOST_A_MINUTE, MOST_OF_ADDRESS] = [30, 10];
/** Serial numbers in memory. */
const MOST_SERIALS = 1_000;

/**
 * Counts devices that no tenant has, logs them, and puts them on the stream, so that the console offers to pair them.
 * Serial numbers can be made up, so both are limited by the minute.
 */
export class RefusedDevices {
  readonly #options: RefusedDevicesOptions;
  readonly #serials = new LRUCache<string, Calls>({ max: MOST_SERIALS });
  readonly #byAddress = new Map<string, number>();
  #minuteMs = Number.NEGATIVE_INFINITY;
  #told = 0;

  constructor(options: RefusedDevicesOptions) {
    this.#options = options;
  }

  note(request: FastifyRequest, { make, serial, model, firmware }: RefusedCall): void {
    const { tenantId, sink, metrics, now = () => performance.now() } = this.#options;
    metrics.devicesRefused.inc();
    const nowMs = now();
    const key = `${make}/${serial ?? ''}`;
    const calls: Calls = this.#serials.get(key) ?? { requests: 0, toldMs: Number.NEGATIVE_INFINITY };
    calls.requests += 1;
    // A poll does not repeat what the handshake told.
    calls.model = toldText(model) ?? calls.model;
    calls.firmware = toldText(firmware) ?? calls.firmware;
    this.#serials.set(key, calls);
    const address = addressOf(request) ?? '';
    if (nowMs - calls.toldMs < MINUTE_MS || !this.#isWithinLimits(address, nowMs)) return;
    const { requests } = calls;
    Object.assign(calls, { requests: 0, toldMs: nowMs });
    request.log.warn(
      { make, serial, address, requests },
      'a device with an unknown serial number was refused; pair it in the console, if it is yours',
    );
    if (tenantId === undefined || serial === undefined) return;
    const told = { address: toldText(address), model: calls.model, firmware: calls.firmware };
    const record: RefusedDeviceRecord = {
      ...{ kind: 'refused-device', tenantId, make, serial, requests },
      ...(told.address !== undefined && { address: told.address }),
      ...(told.model !== undefined && { model: told.model }),
      ...(told.firmware !== undefined && { firmware: told.firmware }),
      at: new Date().toISOString(),
    };
    putAside(sink, unpairedDevicesKey(tenantId), record, request);
  }

  #isWithinLimits(address: string, nowMs: number): boolean {
    if (nowMs - this.#minuteMs >= MINUTE_MS) {
      this.#minuteMs = nowMs;
      this.#told = 0;
      this.#byAddress.clear();
    }
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#told >= MOST_A_MINUTE || ofAddress >= MOST_OF_ADDRESS) return false;
    this.#told += 1;
    this.#byAddress.set(address, ofAddress + 1);
    return true;
  }
}
