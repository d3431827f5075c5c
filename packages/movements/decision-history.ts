import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CardId, compile, type Decision, decisionOfRow, INDEXES, SwipeId, tenantKey } from '@swipegate/contract';
import { keyBounds, type TimeRange } from '@swipegate/contract/tables/row-keys';
import { decodeCursor, encodeCursor } from '@swipegate/http/cursor';
import { queryPage } from '@swipegate/http/query-rows';
import Type from 'typebox';

export interface HistoryRequest extends TimeRange {
  subject: { kind: keyof typeof INDEX_OF; id: string };
  order: 'asc' | 'desc';
  limit: number;
  cursor: string | undefined;
}

/** Reads a page of decisions. Rejects with a CursorError or the SDK's error. */
export type DecisionHistory = (
  tenantId: string,
  request: HistoryRequest,
) => Promise<{ items: Decision[]; nextCursor?: string }>;

/** Cards and employees sort by time of the event, readers by time of the decision. */
const INDEX_OF = {
  card: { indexName: INDEXES.decisions.byCard, partitionKey: 'cardKey', sortKey: 'eventKey' },
  employee: { indexName: INDEXES.decisions.byEmployee, partitionKey: 'employeeKey', sortKey: 'eventKey' },
  reader: { indexName: INDEXES.decisions.byReader, partitionKey: 'readerKey', sortKey: 'decidedKey' },
} as const;

const Position = Type.Object(
  { sort: Type.String({ minLength: 1, maxLength: 128 }), swipeId: SwipeId, cardId: CardId },
  { additionalProperties: false },
);
const isPosition = compile(Position);

export function decisionHistory(dynamodb: DynamoDBClient, tableName: string): DecisionHistory {
  return async (tenantId, request) => {
    const { subject, order, limit, cursor, fromMs, toMs } = request;
    const { indexName, partitionKey, sortKey } = INDEX_OF[subject.kind];
    const key = [partitionKey, tenantKey(tenantId, subject.id)] as const;
    const list = JSON.stringify([subject, order, fromMs, toMs]);
    const position = cursor === undefined ? undefined : decodeCursor(cursor, list, isPosition);
    const { rows, more } = await queryPage(
      dynamodb,
      { tableName, indexName, key, sortKey },
      {
        ...keyBounds(request),
        descending: order === 'desc',
        limit,
        after: position && {
          [partitionKey]: key[1],
          [sortKey]: position.sort,
          swipeKey: tenantKey(tenantId, position.swipeId),
          cardId: position.cardId,
        },
      },
    );
    const items = rows.flatMap((row) => decisionOfRow(row) ?? []);
    const last = more ? rows.at(-1) : undefined;
    if (last === undefined) return { items };
    const swipeId = String(last['swipeKey']).slice(tenantKey(tenantId, '').length);
    return { items, nextCursor: encodeCursor(list, { sort: last[sortKey], swipeId, cardId: last['cardId'] }) };
  };
}
