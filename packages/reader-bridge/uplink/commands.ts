import { setTimeout as sleep } from 'node:timers/promises';
import { compile, DeviceCommand } from '@swipegate/contract';
import { messageOf } from '@swipegate/terminal/message-of';
import type { Logger } from 'pino';
import type { GatewayClient } from './gateway-client.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

const isCommand = compile(DeviceCommand);

/** Fetches the commands for one device, and tells how they ended. */
export class Commands {
  readonly #client: GatewayClient;
  readonly #carryOut: (command: DeviceCommand) => Promise<void>;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  /** @param carryOut rejects if the device does not do it */
  constructor(client: GatewayClient, carryOut: (command: DeviceCommand) => Promise<void>, log: Logger) {
    this.#client = client;
    this.#carryOut = carryOut;
    this.#log = log;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      try {
        for (const command of await this.#client.commands(signal)) await this.#obey(command);
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        if (signal.aborted) return;
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        const level = pauseMs === LONGEST_PAUSE_MS ? 'warn' : 'debug';
        this.#log[level]({ reason: messageOf(error) }, 'the gateway gives no commands');
      }
      // Also after an answer: it may have come without a wait.
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #obey(command: unknown): Promise<void> {
    if (!isCommand(command)) return this.#log.error({ command }, 'a command that this version does not know');
    const { commandId, expiresAt } = command;
    let result = { ok: true, detail: 'done' };
    try {
      if (Date.parse(expiresAt) <= Date.now()) throw new Error('The command came too late.');
      await this.#carryOut(command);
    } catch (error) {
      result = { ok: false, detail: messageOf(error) };
    }
    this.#log.info({ commandId, command: command.command, door: command.door, ...result }, 'a command');
    try {
      await this.#client.reportCommand(commandId, result);
    } catch (error) {
      // Without a result, it counts as failed after a while.
      this.#log.warn({ commandId, reason: messageOf(error) }, 'the result of a command was not told');
    }
  }
}
