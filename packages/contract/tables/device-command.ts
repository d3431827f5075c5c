import Type from 'typebox';
import { TenantId, Timestamp } from '../values/identifiers.js';
import { namesIn } from '../values/names-in.js';
import { DEVICE_COMMANDS } from './command-names.js';
import { DeviceDoor, DeviceId } from './device.js';

export const DeviceCommandName = Type.Enum(namesIn(DEVICE_COMMANDS), {
  description: Object.entries(DEVICE_COMMANDS)
    .map(([command, meaning]) => `\`${command}\` ${meaning}`)
    .join('; '),
});
export type DeviceCommandName = Type.Static<typeof DeviceCommandName>;

const MINUTE_MS = 60_000;

/** How long a command waits for its device, ms. A door must not open when nobody stands before it any more. */
export const COMMAND_WAITS_MS: Readonly<Record<DeviceCommandName, number>> = {
  open: MINUTE_MS,
  'hold-open': 10 * MINUTE_MS,
  lock: 10 * MINUTE_MS,
  normal: 10 * MINUTE_MS,
  'set-clock': 24 * 60 * MINUTE_MS,
};

/** A device that has a command and tells no result for so long does not tell one any more, ms. */
export const RESULT_WAIT_MS = 2 * MINUTE_MS;

/** Days for which the table keeps a command. The change that asked for it stays. */
export const COMMAND_DAYS = 30;

export const DeviceCommandState = Type.Enum(['waiting', 'sent', 'done', 'failed', 'expired'], {
  description:
    'waiting: the device has not asked yet; sent: it has the command; done, failed or expired: final. A failed command ' +
    'may have been carried out if the device has not told; an expired one was not',
});
export type DeviceCommandState = Type.Static<typeof DeviceCommandState>;

/** Command to a device: row of the table of commands, without its keys, and member of the answers of the APIs. */
export const DeviceCommand = Type.Object({
  commandId: Type.String({ description: 'The changeId of the change that asked for it' }),
  deviceId: DeviceId,
  door: Type.Optional({ ...DeviceDoor.properties.door, description: 'Absent: the command is for the whole device' }),
  command: DeviceCommandName,
  why: Type.String(),
  by: Type.Object({ userId: Type.String(), userName: Type.String() }),
  at: { ...Timestamp, description: 'When somebody asked for it' },
  expiresAt: { ...Timestamp, description: 'From this instant on, the command is not sent any more' },
  state: DeviceCommandState,
  sentAt: Type.Optional(Timestamp),
  settledAt: Type.Optional(Timestamp),
  detail: Type.Optional(Type.String({ description: 'What the device says about its result' })),
});
export type DeviceCommand = Type.Static<typeof DeviceCommand>;

/** Row of the table of commands. */
export const DeviceCommandRow = Type.Object({
  ...DeviceCommand.properties,
  deviceKey: Type.String({ description: 'Partition key: tenantKey of the device. The sort key is commandId' }),
  tenantId: TenantId,
  waiting: Type.Optional(
    Type.Literal('waiting', { description: 'Key of the index of commands that no gateway has taken' }),
  ),
  deleteAfter: Type.Integer({ description: 'Time to live, epoch s' }),
});
export type DeviceCommandRow = Type.Static<typeof DeviceCommandRow>;

/** Returns a command as it stands now: nobody writes that its time is over. Pure. @param nowMs ms since the epoch */
export function commandAt(command: DeviceCommand, nowMs: number): DeviceCommand {
  const { state, expiresAt, sentAt } = command;
  if (state === 'waiting' && Date.parse(expiresAt) <= nowMs) {
    return { ...command, state: 'expired', settledAt: expiresAt, detail: 'The device did not ask for it in time.' };
  }
  if (state !== 'sent' || sentAt === undefined) return command;
  const endMs = Date.parse(sentAt) + RESULT_WAIT_MS;
  if (endMs > nowMs) return command;
  const detail = 'The device has not told the result. It may have carried out the command.';
  return { ...command, state: 'failed', settledAt: new Date(endMs).toISOString(), detail };
}
