import type { DeviceCommand, DeviceOfKey } from '@swipegate/contract';
import { offsetAt } from '@swipegate/contract/values/wall-clock';
import type { FastifyReply } from 'fastify';
import { type CommandOutbox, unlessDown } from '../commands.js';
import { doorOf } from '../device.js';
import type { DeviceCall } from '../keyed-devices.js';
import { actionOf } from './events.js';

/** A call of the device's own API that it makes for the gateway. */
interface PushedCall {
  endpoint: string;
  body: object;
}

/** Modes for emergencies, of the whole device. */
const MODES = { 'hold-open': 'emergency', lock: 'lock_down', normal: 'none' } as const;

/** @param nowMs ms since the epoch @returns undefined if the device has lost the door since */
export function pushedCallOf(
  { command, door }: Pick<DeviceCommand, 'command' | 'door'>,
  device: DeviceOfKey,
  nowMs: number,
): PushedCall | undefined {
  switch (command) {
    case 'open': {
      const found = doorOf(device, door);
      return found && { endpoint: 'execute_actions', body: { actions: [actionOf(found)] } };
    }
    case 'set-clock': {
      const wall = new Date(nowMs + offsetAt(nowMs, device.timeZone));
      return {
        endpoint: 'set_system_time',
        body: {
          ...{ day: wall.getUTCDate(), month: wall.getUTCMonth() + 1, year: wall.getUTCFullYear() },
          ...{ hour: wall.getUTCHours(), minute: wall.getUTCMinutes(), second: wall.getUTCSeconds() },
        },
      };
    }
    default:
      return { endpoint: 'set_configuration', body: { general: { exception_mode: MODES[command] } } };
  }
}

/** Answers `push`: the device carries out one command, tells its result, and asks again at once. */
export async function answerWithCommand(
  { request, reply, device }: DeviceCall,
  outbox: CommandOutbox,
): Promise<FastifyReply> {
  const [command] = await unlessDown(request, outbox.take(request, 1), []);
  const call = command && pushedCallOf(command, device, Date.now());
  if (call !== undefined) {
    const { endpoint, body } = call;
    const pushed = { verb: 'POST', endpoint, body, contentType: 'application/json' };
    return reply.type('application/json').send(JSON.stringify(pushed));
  }
  if (command !== undefined) {
    const result = { ok: false, detail: 'The device has no such door any more.' };
    await unlessDown(request, outbox.report(request, result), false);
  }
  return reply.type('application/json').send('');
}

/** Notes the `result` of the command that the device had last. */
export async function noteResult(
  { request, reply }: DeviceCall,
  content: unknown,
  outbox: CommandOutbox,
): Promise<FastifyReply> {
  const error = wordsIn(content, 'error');
  // A door that may not open now, because another one is open, is no error to the device.
  const refused = /"status"\s*:\s*"(?:denied|fail\w*)"/.exec(wordsIn(content, 'response'))?.[0];
  const detail = error === '' ? refused : error;
  const result = detail === undefined ? { ok: true } : { ok: false, detail: `The device answers ${detail}.` };
  await unlessDown(request, outbox.report(request, result), false);
  return reply.type('application/json').send('');
}

function wordsIn(content: unknown, name: string): string {
  const value: unknown =
    content instanceof URLSearchParams
      ? content.get(name)
      : typeof content === 'object' && content !== null
        ? Reflect.get(content, name)
        : undefined;
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value.trim() : JSON.stringify(value);
}
