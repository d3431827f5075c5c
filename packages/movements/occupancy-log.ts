import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { compile, type Headcount, hasExpired, headcountOf, OccupancySample, tenantKey } from '@swipegate/contract';
import { boundInstant, type TimeRange } from '@swipegate/contract/tables/row-keys';
import { decodeCursor, encodeCursor } from '@swipegate/http/cursor';
import { queryPage } from '@swipegate/http/query-rows';
import Type from 'typebox';
import type { Buildings } from './buildings.js';

export interface OccupancyRequest extends TimeRange {
  buildingId: string;
  limit: number;
  cursor: string | undefined;
  nowMs: number;
}

/** Resolves with undefined if the building is unknown. Rejects with a CursorError or the SDK's error. */
export type OccupancyLog = (
  tenantId: string,
  request: OccupancyRequest,
) => Promise<{ now: Headcount; items: OccupancySample[]; nextCursor?: string } | undefined>;

const DAY_MS = 86_400_000;
const Position = Type.Object({ after: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false });
const isPosition = compile(Position);
const isSample = compile(OccupancySample);

/** Oldest first. Default range: the last 24 hours. */
export function occupancyLog(dynamodb: DynamoDBClient, buildings: Buildings, tableName: string): OccupancyLog {
  return async (tenantId, { buildingId, limit, cursor, nowMs, ...range }) => {
    const list = JSON.stringify(['occupancy', buildingId, range.fromMs, range.toMs]);
    const after = cursor === undefined ? undefined : decodeCursor(cursor, list, isPosition).after;
    const toMs = range.toMs ?? nowMs;
    // The default `from` moves on between pages and may pass the cursor; the query then starts at the cursor.
    const fromMs = range.fromMs ?? toMs - DAY_MS;
    const from = boundInstant(fromMs);
    const buildingKey = tenantKey(tenantId, buildingId);
    const [page, cards] = await Promise.all([
      queryPage(
        dynamodb,
        { tableName, key: ['buildingKey', buildingKey], sortKey: 'countedAt' },
        {
          from: after !== undefined && after < from ? after : from,
          through: boundInstant(toMs - 1),
          descending: false,
          limit,
          after: after === undefined ? undefined : { buildingKey, countedAt: after },
        },
      ),
      buildings.cardsInside(tenantId, buildingId),
    ]);
    if (page.rows.length === 0 && cards.length === 0 && !(await buildings.hasBuilding(tenantId, buildingId))) {
      return undefined;
    }
    const last = page.more ? page.rows.at(-1) : undefined;
    return {
      now: headcountOf(cards.map(({ zoneId }) => zoneId)),
      items: page.rows
        .filter((row) => !hasExpired(row, nowMs))
        .map(({ countedAt, inside, byZone }): unknown => ({ countedAt, inside, byZone }))
        .filter((sample) => isSample(sample)),
      ...(last && { nextCursor: encodeCursor(list, { after: last['countedAt'] }) }),
    };
  };
}
