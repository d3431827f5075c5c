import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  Alarm,
  type AlarmType,
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
import type { AlarmFilter } from '@swipegate/contract/wire/alarm-state';
import { CursorError, decodeCursor, encodeCursor, NOT_OURS } from '@swipegate/http/cursor';
import { queryPage, type Row } from '@swipegate/http/query-rows';
import Type from 'typebox';
import { readAlarmStates } from './alarm-states.js';

export interface AlarmRequest extends TimeRange {
  /** Undefined: any. */
  state: AlarmFilter | undefined;
  type: AlarmType | undefined;
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
/** Limit of partitions (days) per request: more than a year, which costs 200 RCU if all are empty. */
const DAYS_PER_PAGE = 400;
/** Days read at a time, once days are empty. */
const MOST_AT_ONCE = 16;
/** No row is older than this product, or later than the gateway's clock by a day. Days outside cost no read. */
const FIRST_MS = Date.parse('2024-01-01T00:00:00Z');
const MOST_AHEAD_MS = DAY_MS;

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

/**
 * Reads the index by day (UTC), from the last day backwards, several empty days at a time. Default range: the last 24
 * hours.
 */
export function alarmLog(dynamodb: DynamoDBClient, tableName: string): AlarmLog {
  return async (tenantId, request) => {
    const { state, type } = request;
    const list = JSON.stringify(['alarms', request.fromMs, request.toMs, state, type]);
    const position = request.cursor === undefined ? undefined : decodeCursor(request.cursor, list, isPosition);
    // A `from` in the future selects nothing.
    const latestMs = Math.max(request.nowMs, request.fromMs ?? request.nowMs);
    const toMs = position?.toMs ?? request.toMs ?? latestMs;
    const fromMs = position?.fromMs ?? request.fromMs ?? toMs - DAY_MS;
    if (position !== undefined && fromMs >= toMs) throw new CursorError(NOT_OURS);
    const bounds = keyBounds({ fromMs, toMs });
    const firstDayMs = startOfDay(Math.max(fromMs, FIRST_MS));
    const readDay = (dayMs: number, after: RowPosition | undefined, limit: number) => {
      const day = alarmDay(tenantId, boundInstant(dayMs));
      return queryPage(
        dynamodb,
        { tableName, indexName: INDEXES.doorEvents.byDay, key: ['alarmDay', day], sortKey: 'alarmKey' },
        { ...bounds, descending: true, limit, after: after && keysOf(tenantId, day, after) },
      );
    };

    const rows: Row[] = [];
    const endMs = startOfDay(Math.min(toMs, request.nowMs + MOST_AHEAD_MS) - 1) + DAY_MS;
    let left: Position['before'] | undefined = position?.before ?? endMs;
    if (typeof left === 'number' && left <= firstDayMs) left = undefined;
    let atOnce = 1;
    for (let days = 0; days < DAYS_PER_PAGE && rows.length < request.limit && left !== undefined; ) {
      const after: RowPosition | undefined = typeof left === 'number' ? undefined : left;
      const lastDayMs: number = typeof left === 'number' ? left - DAY_MS : startOfDay(left.occurredMs);
      const count = Math.min(atOnce, DAYS_PER_PAGE - days, (lastDayMs - firstDayMs) / DAY_MS + 1);
      const wanted = request.limit - rows.length;
      const pages = await Promise.all(
        Array.from({ length: count }, (_, i) => readDay(lastDayMs - i * DAY_MS, i === 0 ? after : undefined, wanted)),
      );
      days += count;
      for (const [i, page] of pages.entries()) {
        const dayMs = lastDayMs - i * DAY_MS;
        const taken = page.rows.slice(0, request.limit - rows.length);
        rows.push(...taken);
        const isCut = page.more || taken.length < page.rows.length;
        left = isCut ? rowPosition(rows.at(-1)) : dayMs > firstDayMs ? dayMs : undefined;
        if (isCut || rows.length === request.limit) break;
      }
      atOnce = pages.some((page) => page.rows.length > 0) ? 1 : Math.min(2 * atOnce, MOST_AT_ONCE);
    }
    const wanted = rows.filter(
      (row) => !hasExpired(row, request.nowMs) && (type === undefined || row['type'] === type),
    );
    const states = await readAlarmStates(dynamodb, tableName, wanted);
    return {
      fromMs,
      toMs,
      items: wanted
        .map((row, i) => ({ ...withoutTableKeys(row), ...states[i] }))
        .filter((row) => isAlarm(row))
        .filter(
          (alarm) =>
            state === undefined || alarm.state === state || (state === 'not-closed' && alarm.state !== 'closed'),
        ),
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

function withoutTableKeys(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name in Alarm.properties));
}
