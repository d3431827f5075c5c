import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  Alarm,
  alarmDay,
  alarmKey,
  compile,
  EventId,
  hasExpired,
  INDEXES,
  ReaderId,
  tenantKey,
} from '@swipegate/contract';
import { boundInstant, keyBounds, type TimeRange } from '@swipegate/contract/tables/row-keys';
import { CursorError, decodeCursor, encodeCursor, NOT_OURS } from '@swipegate/http/cursor';
import { queryPage, type Row } from '@swipegate/http/query-rows';
import Type from 'typebox';

export interface AlarmRequest extends TimeRange {
  limit: number;
  cursor: string | undefined;
  nowMs: number;
}

/** Reads a page of alarms, newest first. Rejects with a CursorError or the SDK's error. */
export type AlarmLog = (
  tenantId: string,
  request: AlarmRequest,
) => Promise<{ fromMs: number; toMs: number; items: Alarm[]; nextCursor?: string }>;

const DAY_MS = 86_400_000;
/** Limit of partitions (days) per request; a longer range takes more pages, some of them empty. */
const DAYS_PER_PAGE = 31;

/** ms since the epoch, within the range of a Date. */
const Milliseconds = Type.Integer({ minimum: -8.64e15, maximum: 8.64e15 });

/** Cursor position. Keeps the range of the first page, as the default `to` is the time of the request. */
const Position = Type.Object(
  {
    fromMs: Milliseconds,
    toMs: Milliseconds,
    /** Position to continue from: before the start of a day, or after a row. */
    before: Type.Union([
      Milliseconds,
      Type.Object({ occurredMs: Milliseconds, readerId: ReaderId, eventId: EventId }, { additionalProperties: false }),
    ]),
  },
  { additionalProperties: false },
);
type Position = Type.Static<typeof Position>;
const isPosition = compile(Position);
const isAlarm = compile(Alarm);

/** Reads the index by day (UTC), from the last day backwards. Default range: the last 24 hours. */
export function alarmLog(dynamodb: DynamoDBClient, tableName: string): AlarmLog {
  return async (tenantId, request) => {
    const list = JSON.stringify(['alarms', request.fromMs, request.toMs]);
    const position = request.cursor === undefined ? undefined : decodeCursor(request.cursor, list, isPosition);
    // A `from` in the future selects nothing.
    const latestMs = Math.max(request.nowMs, request.fromMs ?? request.nowMs);
    const toMs = position?.toMs ?? request.toMs ?? latestMs;
    const fromMs = position?.fromMs ?? request.fromMs ?? toMs - DAY_MS;
    if (position !== undefined && fromMs >= toMs) throw new CursorError(NOT_OURS);
    const bounds = keyBounds({ fromMs, toMs });
    const firstDayMs = startOfDay(Date.parse(boundInstant(fromMs)));

    const rows: Row[] = [];
    let left: Position['before'] | undefined = position?.before ?? startOfDay(toMs - 1) + DAY_MS;
    for (let days = 0; days < DAYS_PER_PAGE && rows.length < request.limit && left !== undefined; days++) {
      const dayMs: number = typeof left === 'number' ? left - DAY_MS : startOfDay(left.occurredMs);
      const day = alarmDay(tenantId, boundInstant(dayMs));
      const page = await queryPage(
        dynamodb,
        { tableName, indexName: INDEXES.doorEvents.byDay, key: ['alarmDay', day], sortKey: 'alarmKey' },
        {
          ...bounds,
          descending: true,
          limit: request.limit - rows.length,
          after: typeof left === 'number' ? undefined : keysOf(tenantId, day, left),
        },
      );
      rows.push(...page.rows);
      left = page.more ? rowPosition(page.rows.at(-1)) : dayMs > firstDayMs ? dayMs : undefined;
    }
    return {
      fromMs,
      toMs,
      items: rows
        .filter((row) => !hasExpired(row, request.nowMs))
        .map(withoutTableKeys)
        .filter((row) => isAlarm(row)),
      ...(left === undefined ? {} : { nextCursor: encodeCursor(list, { fromMs, toMs, before: left }) }),
    };
  };
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

type RowPosition = Exclude<Position['before'], number>;

function rowPosition(row: Row | undefined): RowPosition {
  const [occurredAt = ''] = String(row?.['alarmKey']).split('#');
  return {
    occurredMs: Date.parse(occurredAt),
    readerId: String(row?.['readerId']),
    eventId: String(row?.['eventId']),
  };
}

function keysOf(tenantId: string, day: string, { occurredMs, readerId, eventId }: RowPosition): Record<string, string> {
  return {
    alarmDay: day,
    alarmKey: alarmKey(boundInstant(occurredMs), eventId),
    readerKey: tenantKey(tenantId, readerId),
    eventId,
  };
}

function withoutTableKeys(row: Row): unknown {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name in Alarm.properties));
}
