import { type DeviceCommand, type DeviceOfKey, tenantKey } from '@swipegate/contract';
import { offsetAt } from '@swipegate/contract/values/wall-clock';
import { LRUCache } from 'lru-cache';
import { principalOf } from '../../auth/authenticate.js';
import { type CommandOutbox, type CommandResult, type Recipient, unlessDown } from '../commands.js';
import { deviceOf, doorOf } from '../device.js';
import { callDevice } from './isapi.js';
import type { DeviceLogin, DeviceLogins } from './logins.js';

const EVERY_MS = 2_000;
/** Devices are heard every 10 to 30 s, ms. */
const HEARD_MS = 180_000;
const MOST_DEVICES = 10_000;
const CALL_MS = 5_000;

const DOOR_COMMANDS = { open: 'open', 'hold-open': 'alwaysOpen', lock: 'alwaysClose', normal: 'close' } as const;

/**
 * Carries out a command by calls to a device of Hikvision. A command for the whole device is one for each of its doors.
 * @returns what the device says. Never rejects
 */
export async function carryOut(
  { command, door }: Pick<DeviceCommand, 'command' | 'door'>,
  device: DeviceOfKey,
  login: DeviceLogin,
): Promise<CommandResult> {
  try {
    if (command === 'set-clock') {
      await setClock(login, device.timeZone);
      return { ok: true };
    }
    const named = doorOf(device, door);
    const doors = door === undefined && command !== 'open' ? device.doors : named === undefined ? [] : [named];
    if (doors.length === 0) return { ok: false, detail: 'The device has no such door any more.' };
    const body = `<RemoteControlDoor><cmd>${DOOR_COMMANDS[command]}</cmd></RemoteControlDoor>`;
    for (const { door } of doors) {
      const path = `/ISAPI/AccessControl/RemoteControl/door/${door}`;
      await callDevice(login, { method: 'PUT', path, body, timeoutMs: CALL_MS });
    }
    return { ok: true };
  } catch (error) {
    return { ok: false, detail: `The command failed: ${error instanceof Error ? error.message : String(error)}.` };
  }
}

const CLOCK = '/ISAPI/System/time';

/** Changes the time of the device and leaves its zone. @throws {Error} saying why the device keeps its time */
async function setClock(login: DeviceLogin, timeZone: string): Promise<void> {
  const before = await callDevice(login, { method: 'GET', path: CLOCK, timeoutMs: CALL_MS });
  if (/<timeMode>\s*NTP\s*</i.test(before)) {
    throw new Error(
      'the device takes its time by NTP; correct the NTP server in its menu, or choose manual time there',
    );
  }
  const nowMs = Date.now();
  const time = `<localTime>${localTimeAt(nowMs, timeZone)}</localTime>`;
  const body = before.replace(/<localTime>[^<]*<\/localTime>/, time);
  if (!body.includes(time)) throw new Error('the device does not tell its time');
  await callDevice(login, { method: 'PUT', path: CLOCK, body, timeoutMs: CALL_MS });
}

/** @param ms since the epoch @returns RFC 3339 with the offset of the zone */
export function localTimeAt(ms: number, timeZone: string): string {
  const offsetMinutes = Math.round(offsetAt(ms, timeZone) / 60_000);
  const wall = new Date(ms + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const [hours, minutes] = [Math.trunc(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  return `${wall}${offsetMinutes < 0 ? '-' : '+'}${[hours, minutes].map((part) => String(part).padStart(2, '0')).join(':')}`;
}

/** Takes the commands of devices that are heard, and calls the devices. They do not ask for commands themselves. */
export class CommandRounds {
  readonly #outbox: CommandOutbox;
  readonly #logins: DeviceLogins;
  readonly #everyMs: number;
  readonly #heard = new LRUCache<string, Recipient>({ max: MOST_DEVICES, ttl: HEARD_MS });
  readonly #busy = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param everyMs how often a device is served, ms */
  constructor(outbox: CommandOutbox, logins: DeviceLogins, everyMs = EVERY_MS) {
    this.#outbox = outbox;
    this.#logins = logins;
    this.#everyMs = everyMs;
  }

  /** Serves the device of a request from now on, until it is not heard for some minutes. */
  note({ principal, log }: Recipient): void {
    // The rest of the request, and its body, need not stay in memory.
    const recipient = { principal, log };
    const { tenantId } = principalOf(recipient);
    const key = tenantKey(tenantId, deviceOf(recipient).deviceId);
    const isNew = !this.#heard.has(key);
    this.#heard.set(key, recipient);
    if (isNew) this.#serve(key, recipient);
    if (!this.#isClosed) this.#timer ??= setInterval(() => this.#round(), this.#everyMs).unref();
  }

  /** Takes no more commands, and waits until those that were taken are reported. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#busy.values());
  }

  #round(): void {
    this.#heard.purgeStale();
    for (const [key, recipient] of this.#heard.entries()) this.#serve(key, recipient);
    if (this.#heard.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #serve(key: string, recipient: Recipient): void {
    if (this.#busy.has(key)) return;
    this.#busy.set(
      key,
      this.#carryOutAll(recipient).finally(() => this.#busy.delete(key)),
    );
  }

  async #carryOutAll(recipient: Recipient): Promise<void> {
    const device = deviceOf(recipient);
    while (!this.#isClosed) {
      const [command] = await unlessDown(recipient, this.#outbox.take(recipient, 1), []);
      if (command === undefined) return;
      const login = this.#logins.of(principalOf(recipient).tenantId, device.deviceId, recipient.log);
      const result =
        login === undefined
          ? { ok: false, detail: 'The file DEVICE_LOGINS of the gateway has no entry for the device.' }
          : await carryOut(command, device, login);
      const isThat = ({ commandId }: DeviceCommand) => commandId === command.commandId;
      await unlessDown(recipient, this.#outbox.report(recipient, result, isThat), false);
    }
  }
}
