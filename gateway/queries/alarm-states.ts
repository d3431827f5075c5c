import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import { isWritten } from '@swipegate/aws/batch-write-if';
import {
  AlarmStatus,
  type AlarmStep,
  compile,
  hasExpired,
  keyInstant,
  MOST_ALARM_STEPS,
  tenantKey,
} from '@swipegate/contract';
import { ALARM_ACTIONS, type AlarmAction, takesAction } from '@swipegate/contract/wire/alarm-state';
import type { Row } from '@swipegate/http/query-rows';

/**
 * State of an alarm. It is in a row of its own beside the alarm's: decide may write the alarm again, and must not undo
 * what a guard did. An alarm without such a row is open.
 */
type AlarmState = Pick<AlarmStatus, 'state' | 'steps'>;

export interface AlarmMove {
  readerId: string;
  eventId: string;
  action: AlarmAction;
  /** Id of the user or of the operator's key. */
  by: string;
  note: string | undefined;
  nowMs: number;
}

/**
 * Changes the state of an alarm. If the state does not allow it, `isMoved` is false and `status` is what is there.
 * Undefined: there is no such alarm. Rejects with the SDK's error.
 */
export type MoveAlarm = (
  tenantId: string,
  move: AlarmMove,
) => Promise<{ isMoved: boolean; status: AlarmStatus } | undefined>;

const OPEN: AlarmState = { state: 'open', steps: [] };
const isStatus = compile(AlarmStatus);

/** Sort key of a state's row. No event has such an id. */
function stateId(eventId: string): string {
  return `${eventId}#state`;
}

/** Reads the states of alarms. @returns them in the order of the alarms' rows */
export async function readAlarmStates(
  dynamodb: DynamoDBClient,
  tableName: string,
  alarms: readonly Row[],
): Promise<AlarmState[]> {
  if (alarms.length === 0) return [];
  const keys = alarms.map((row) => ({ readerKey: String(row['readerKey']), eventId: stateId(String(row['eventId'])) }));
  const rows = await batchGet(
    dynamodb,
    keys.map((key) => ({ tableName, key })),
  );
  const states = new Map((rows.get(tableName) ?? []).map((row) => [`${row['readerKey']}/${row['eventId']}`, row]));
  return keys.map(({ readerKey, eventId }) => stateOf(states.get(`${readerKey}/${eventId}`)));
}

/** A row that cannot be read leaves the alarm open: an alarm must not vanish. */
function stateOf(row: Row | undefined): AlarmState {
  const status: unknown = row?.['status'];
  return isStatus(status) ? { state: status.state, steps: status.steps } : OPEN;
}

export function moveAlarm(dynamodb: DynamoDBClient, tableName: string): MoveAlarm {
  return async (tenantId, { readerId, eventId, action, by, note, nowMs }) => {
    const readerKey = tenantKey(tenantId, readerId);
    const key = { readerKey, eventId: stateId(eventId) };
    const read = async () => {
      const found = await batchGet(dynamodb, [
        { tableName, key: { readerKey, eventId } },
        { tableName, key },
      ]);
      const rows = found.get(tableName) ?? [];
      return {
        alarm: rows.find((row) => row['eventId'] === eventId),
        row: rows.find((row) => row['eventId'] !== eventId),
      };
    };
    const { alarm, row } = await read();
    // Only alarms are in the index by day; other events of doors have no state.
    if (alarm?.['alarmDay'] === undefined || hasExpired(alarm, nowMs)) return undefined;
    const { state, steps } = stateOf(row);
    const { to } = ALARM_ACTIONS[action];
    // The last place is for closing.
    const places = to === 'closed' ? MOST_ALARM_STEPS : MOST_ALARM_STEPS - 1;
    if (takesAction(state, action) && steps.length < places) {
      const step: AlarmStep = { state: to, at: keyInstant(nowMs), by, ...(note === undefined ? {} : { note }) };
      const status: AlarmStatus = { readerId, eventId, state: to, steps: [...steps, step] };
      const version = row?.['version'];
      const update = new UpdateItemCommand({
        TableName: tableName,
        Key: itemOf(key),
        UpdateExpression: 'SET #version = :version, #status = :status, #expiresAt = :expiresAt',
        ConditionExpression: version === undefined ? 'attribute_not_exists(#version)' : '#version = :was',
        ExpressionAttributeNames: { '#version': 'version', '#status': 'status', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: itemOf({
          ':version': Number(version ?? 0) + 1,
          ':status': status,
          ':expiresAt': alarm['expiresAt'],
          ...(version === undefined ? {} : { ':was': version }),
        }),
      });
      if (await isWritten(dynamodb.send(update))) return { isMoved: true, status };
    }
    const now = stateOf((await read()).row);
    const last = now.steps.at(-1);
    // The answer to the first attempt may have been lost.
    const isRepeat = last?.state === to && last.by === by && last.note === note;
    return { isMoved: isRepeat, status: { readerId, eventId, ...now } };
  };
}
