import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf, type Row } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';
import {
  type Change,
  COMMAND_DAYS,
  COMMAND_WAITS_MS,
  COMMANDS_OF_MAKE,
  type ContentOf,
  type Device,
  type DeviceCommandRow,
  expiresAt,
  tenantKey,
} from '@swipegate/contract';

/** A change that is a command to a device. */
export type DeviceOrder = Omit<Change, 'content' | 'expects'> & { content: ContentOf<'command-device'> };

/** Returns the row of a command, as it is before a gateway takes it. Pure: a repeat makes the same row. */
export function commandRow({ changeId, tenantId, requestedAt, by, why, content }: DeviceOrder): DeviceCommandRow {
  const { type: _, deviceId, door, command } = content;
  return {
    deviceKey: tenantKey(tenantId, deviceId),
    commandId: changeId,
    tenantId,
    deviceId,
    ...(door === undefined ? {} : { door }),
    command,
    why,
    by,
    at: requestedAt,
    expiresAt: new Date(Date.parse(requestedAt) + COMMAND_WAITS_MS[command]).toISOString(),
    state: 'waiting',
    waiting: 'waiting',
    deleteAfter: expiresAt(requestedAt, COMMAND_DAYS),
  };
}

/** Writes a command that is not there yet. One that a gateway has taken must not wait again. @throws what the SDK throws */
export async function putCommand(dynamodb: DynamoDBClient, tableName: string, row: Row): Promise<undefined> {
  const write = {
    TableName: tableName,
    Item: itemOf(row),
    ConditionExpression: 'attribute_not_exists(commandId)',
  };
  await isWritten(dynamodb.send(new PutItemCommand(write)));
}

/** Returns why a device cannot take a command: the wrong member, and a sentence. Pure. */
export function commandFault(
  { door, command }: Pick<ContentOf<'command-device'>, 'door' | 'command'>,
  { deviceId, make, doors }: Pick<Device, 'deviceId' | 'make' | 'doors'>,
): { field: 'command' | 'door'; reason: string } | undefined {
  const taken = COMMANDS_OF_MAKE[make];
  if (!taken.includes(command)) {
    const list = taken.length === 0 ? 'which takes none' : `which takes ${taken.join(', ')}`;
    return { field: 'command', reason: `is not for the device ${deviceId}: it is of the make ${make}, ${list}` };
  }
  if (command === 'set-clock') {
    return door === undefined
      ? undefined
      : { field: 'door', reason: 'must be left out: set-clock is for the whole device' };
  }
  if (doors.some((each) => each.door === door)) return undefined;
  const list = doors.map((each) => each.door).join(', ');
  return { field: 'door', reason: `must be one of ${list}, the doors of ${deviceId}` };
}
