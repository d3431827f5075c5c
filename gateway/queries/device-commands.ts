import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';
import { queryPages } from '@swipegate/aws/pages';
import { compile, DeviceCommandRow, type DeviceCommandState, INDEXES } from '@swipegate/contract';

/** Names a command: key of its row. */
export type CommandKey = Pick<DeviceCommandRow, 'deviceKey' | 'commandId'>;

/** Changes of a command's row. */
export interface CommandStep {
  state: DeviceCommandState;
  sentAt?: string;
  settledAt?: string;
  detail?: string;
}

/** The table of commands. All members reject with the SDK's error. */
export interface CommandTable {
  /** Commands that no gateway has taken, of all devices, oldest first. New ones appear after a moment. */
  waiting(): Promise<DeviceCommandRow[]>;
  /** All commands to a device. */
  ofDevice(deviceKey: string): Promise<DeviceCommandRow[]>;
  /** @returns false if the command is not in the state `from` any more */
  move(key: CommandKey, from: DeviceCommandState, step: CommandStep): Promise<boolean>;
}

const isRow = compile(DeviceCommandRow);
/** Commands wait for a minute to a day, so this is far more than there are. */
const MOST_WAITING = 1_000;

export function commandTable(dynamodb: DynamoDBClient, tableName: string): CommandTable {
  const rowsOf = async (pages: AsyncIterable<unknown[]>, most = Number.POSITIVE_INFINITY) => {
    const rows: DeviceCommandRow[] = [];
    for await (const page of pages) {
      for (const row of page) if (isRow(row)) rows.push(row);
      if (rows.length >= most) break;
    }
    return rows;
  };
  return {
    waiting: () => {
      const { waiting: indexName } = INDEXES.deviceCommands;
      const key = ['waiting', 'waiting'] as const;
      return rowsOf(queryPages(dynamodb, { tableName, indexName, key, pageSize: MOST_WAITING }), MOST_WAITING);
    },
    ofDevice: (deviceKey) => rowsOf(queryPages(dynamodb, { tableName, key: ['deviceKey', deviceKey] })),
    move: ({ deviceKey, commandId }, from, step) => {
      const set = Object.entries(step).filter(([, value]) => value !== undefined);
      return isWritten(
        dynamodb.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: itemOf({ deviceKey, commandId }),
            UpdateExpression: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')} REMOVE #waiting`,
            ConditionExpression: '#state = :from',
            ExpressionAttributeNames: {
              '#waiting': 'waiting',
              ...Object.fromEntries(set.map(([name]) => [`#${name}`, name])),
            },
            ExpressionAttributeValues: itemOf({
              ':from': from,
              ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
            }),
          }),
        ),
      );
    },
  };
}
