import { setTimeout as delay } from 'node:timers/promises';
import { commandAt, type DeviceCommand, type DeviceCommandRow, tenantKey } from '@swipegate/contract';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../auth/authenticate.js';
import type { CommandTable } from '../queries/device-commands.js';
import { deviceOf } from './device.js';

/** Devices ask every few seconds, so one look serves them all, ms. */
const LOOK_EVERY_MS = 1_000;
const LONGEST_DETAIL = 500;

/** A request of a device, or what is left of one. */
export type Recipient = Pick<FastifyRequest, 'principal' | 'log'>;

/** A device's word about a command that it had. */
export interface CommandResult {
  ok: boolean;
  /** Words or a number of the device. */
  detail?: string;
}

/**
 * Commands for devices. Each is taken by one gateway, and once: a gateway that ends before the device has the command
 * leaves it to fail, because a door that opens later, or twice, is worse than one that stays shut.
 */
export class CommandOutbox {
  readonly #table: CommandTable;
  readonly #lookEveryMs: number;
  readonly #closing = new AbortController();
  #waiting: Promise<ReadonlyMap<string, DeviceCommandRow[]>> | undefined;
  #lookedAtMs = 0;

  /** @param lookEveryMs how old the list of waiting commands may be, ms */
  constructor(table: CommandTable, lookEveryMs = LOOK_EVERY_MS) {
    this.#table = table;
    this.#lookEveryMs = lookEveryMs;
  }

  /**
   * Returns the commands that the device of a request must carry out now, oldest first. They are never returned again.
   * @param most number of commands @throws the SDK's error
   */
  async take(request: Recipient, most = Number.POSITIVE_INFINITY): Promise<DeviceCommand[]> {
    const { deviceKey } = keyOf(request);
    const waiting = (await this.#look()).get(deviceKey) ?? [];
    const taken: DeviceCommand[] = [];
    while (waiting.length > 0 && taken.length < most) {
      const row = waiting.shift();
      if (row === undefined) break;
      const nowMs = Date.now();
      if (commandAt(row, nowMs).state !== 'waiting') continue;
      const sent = { state: 'sent', sentAt: new Date(nowMs).toISOString() } as const;
      if (await this.#table.move(row, 'waiting', sent)) taken.push(publicOf({ ...row, ...sent }));
    }
    if (taken.length > 0) request.log.info({ commands: taken.map(({ commandId }) => commandId) }, 'commands were sent');
    return taken;
  }

  /**
   * Waits until there are commands for the device of a request. @returns none after `waitMs`, or when the gateway closes
   * @throws the SDK's error
   */
  async next(request: FastifyRequest, waitMs: number, most?: number): Promise<DeviceCommand[]> {
    const endMs = performance.now() + waitMs;
    const { signal } = this.#closing;
    for (;;) {
      const taken = await this.take(request, most);
      const leftMs = endMs - performance.now();
      // A caller that is gone must not take what it cannot carry out.
      if (taken.length > 0 || leftMs <= 0 || signal.aborted || request.raw.socket.destroyed) return taken;
      await delay(Math.min(this.#lookEveryMs, leftMs), undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Notes what the device of a request says about a command that it had; the command that it had last, unless `isThat`
   * selects another. @returns false if there is no such command, or its result is known @throws the SDK's error
   */
  async report(
    request: Recipient,
    { ok, detail }: CommandResult,
    isThat: (command: DeviceCommand) => boolean = () => true,
  ): Promise<boolean> {
    const { deviceKey } = keyOf(request);
    const [row] = (await this.#table.ofDevice(deviceKey))
      .filter((row) => row.state === 'sent' && isThat(row))
      .sort((a, b) => ((a.sentAt ?? '') < (b.sentAt ?? '') ? 1 : -1));
    if (row === undefined) return false;
    const { commandId } = row;
    request.log[ok ? 'info' : 'warn']({ commandId, detail }, ok ? 'a command was carried out' : 'a command failed');
    return this.#table.move(row, 'sent', {
      state: ok ? 'done' : 'failed',
      settledAt: new Date().toISOString(),
      ...(detail === undefined ? {} : { detail: detail.slice(0, LONGEST_DETAIL) }),
    });
  }

  /** Ends what waits in {@link next}. */
  close(): void {
    this.#closing.abort();
  }

  /** Returns the waiting commands of all devices. */
  #look(): Promise<ReadonlyMap<string, DeviceCommandRow[]>> {
    const nowMs = performance.now();
    if (this.#waiting === undefined || nowMs - this.#lookedAtMs >= this.#lookEveryMs) {
      this.#lookedAtMs = nowMs;
      this.#waiting = this.#read();
      this.#waiting.catch(() => undefined);
    }
    return this.#waiting;
  }

  async #read(): Promise<ReadonlyMap<string, DeviceCommandRow[]>> {
    const byDevice = new Map<string, DeviceCommandRow[]>();
    for (const row of await this.#table.waiting()) {
      const { state, settledAt, detail } = commandAt(row, Date.now());
      if (state === 'expired') {
        // So that the index stays small. Everybody sees that it has expired without this.
        const over = { state, ...(settledAt && { settledAt }), ...(detail && { detail }) };
        this.#table.move(row, 'waiting', over).catch(() => undefined);
        continue;
      }
      const rows = byDevice.get(row.deviceKey);
      if (rows === undefined) byDevice.set(row.deviceKey, [row]);
      else rows.push(row);
    }
    return byDevice;
  }
}

function keyOf(request: Recipient): { deviceKey: string } {
  return { deviceKey: tenantKey(principalOf(request).tenantId, deviceOf(request).deviceId) };
}

function publicOf({
  deviceKey: _key,
  tenantId: _tenant,
  waiting: _waiting,
  deleteAfter: _end,
  ...command
}: DeviceCommandRow): DeviceCommand {
  return command;
}

/**
 * Awaits work on the table of commands for a device that must hear its usual answer, whatever happens.
 * @returns `otherwise` if the table cannot be reached
 */
export async function unlessDown<Answer>(
  request: Recipient,
  work: Promise<Answer>,
  otherwise: Answer,
): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    request.log.warn({ err: error }, 'the table of commands cannot be reached');
    return otherwise;
  }
}
