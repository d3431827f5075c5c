import type { DeviceCommand } from '@swipegate/contract';
import { offsetAt } from '@swipegate/contract/values/wall-clock';
import type { FastifyRequest } from 'fastify';
import { type CommandOutbox, unlessDown } from '../commands.js';
import { deviceOf } from '../device.js';
import { countOfWallTime } from './clock.js';

/** Firmwares read the number of a command into 32 bits, or keep 16 characters of it. */
const MOST_NUMBERS = 1_000_000_000;
const RESULT = /\bID=(\d{1,10})&Return=(-?\d{1,10})\b/g;
const MOST_RESULTS = 32;
/** A device's answer to words that its firmware does not know. */
const UNKNOWN_WORDS = -1002;
const NOTHING = 'OK';

/** Number by which a device names a command in its result. Devices have few commands at a time. */
export function numberOf({ commandId }: Pick<DeviceCommand, 'commandId'>): number {
  return (Number.parseInt(commandId.slice(-8), 16) % (MOST_NUMBERS - 1)) + 1;
}

/**
 * Returns a command in the words of the device; undefined if it has none for it. An access controller needs two to end
 * both a lock and an open door: only the last has the number, because firmwares without the former refuse that.
 * @param nowMs ms since the epoch
 */
export function linesOf(
  command: DeviceCommand,
  { timeZone, isClock, nowMs }: { timeZone: string; isClock: boolean; nowMs: number },
): string[] | undefined {
  const words = wordsOf(command, { timeZone, isClock, nowMs });
  return words?.map((text, i) => `C:${i === words.length - 1 ? numberOf(command) : MOST_NUMBERS + i}:${text}`);
}

function wordsOf(
  { command, door = 0 }: DeviceCommand,
  { timeZone, isClock, nowMs }: { timeZone: string; isClock: boolean; nowMs: number },
): string[] | undefined {
  if (command === 'set-clock') return [`SET OPTIONS DateTime=${countOfWallTime(nowMs + offsetAt(nowMs, timeZone))}`];
  // A time clock has one door, and can only open it.
  if (isClock) return command === 'open' ? ['AC_UNLOCK'] : undefined;
  const address = addressOf(door);
  switch (command) {
    case 'open':
      return [opening(door)];
    case 'hold-open':
      return [`CONTROL DEVICE 01${address}01FF`];
    case 'lock':
      return [`CONTROL DEVICE 06${address}0100`];
    case 'normal':
      return [`CONTROL DEVICE 06${address}0000`, `CONTROL DEVICE 01${address}0100`];
  }
}

/** Returns the command that opens the lock of a door for 5 s. */
export function opening(door: number): string {
  return `CONTROL DEVICE 01${addressOf(door)}0105`;
}

function addressOf(door: number): string {
  return door.toString(16).padStart(2, '0').toUpperCase();
}

/** Answers a device that asks for commands. @param isClock whether it speaks as a time clock */
export async function answerWithCommands(
  request: FastifyRequest,
  outbox: CommandOutbox,
  isClock: boolean,
): Promise<string> {
  const { timeZone } = deviceOf(request);
  const lines: string[] = [];
  for (const command of await unlessDown(request, outbox.take(request), [])) {
    const words = linesOf(command, { timeZone, isClock, nowMs: Date.now() });
    if (words !== undefined) {
      lines.push(...words);
      continue;
    }
    const detail = 'A time clock can only open its door, and set its clock.';
    const isThat = ({ commandId }: DeviceCommand) => commandId === command.commandId;
    await unlessDown(request, outbox.report(request, { ok: false, detail }, isThat), false);
  }
  return lines.length === 0 ? NOTHING : lines.join('\n');
}

/** Notes the results that a device tells, often several in one body. Those of unknown commands are left out. */
export async function noteResults(text: string, request: FastifyRequest, outbox: CommandOutbox): Promise<string> {
  for (const [, id, code] of Array.from(text.matchAll(RESULT)).slice(0, MOST_RESULTS)) {
    const ok = Number(code) >= 0;
    const isFirstLine = Number(id) >= MOST_NUMBERS;
    // A firmware that knows no locks has none to end.
    if (isFirstLine && (ok || Number(code) === UNKNOWN_WORDS)) continue;
    const result = ok
      ? { ok }
      : { ok, detail: `The device answers ${code}${isFirstLine ? ' to the end of a lock' : ''}.` };
    const isThat = (command: DeviceCommand) =>
      isFirstLine ? command.command === 'normal' : numberOf(command) === Number(id);
    await unlessDown(request, outbox.report(request, result, isThat), false);
  }
  return NOTHING;
}
