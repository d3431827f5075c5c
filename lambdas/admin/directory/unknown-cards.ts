import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import {
  compile,
  Reader,
  RefusedCard,
  tenantKey,
  UNKNOWN_CARD_SHOWN_MS,
  type UnknownCard,
  unknownCardsKey,
} from '@swipegate/contract';
import { rowParser } from '@swipegate/contract/values/validation';
import { queryAll } from '@swipegate/http/query-rows';
import { readCards } from './cards.js';

const MOST_CARDS = 100;
const refusedCardOf = rowParser(RefusedCard);
const isReader = compile(Reader);

/**
 * Returns the cards that readers refused as unknown in the last 24 hours, newest first, each once. A card that has been
 * linked since has a holder, whose place not everybody may know; so it is left out. Rejects with an SDK error.
 */
export async function unknownCards(
  dynamodb: DynamoDBClient,
  tables: Readonly<Record<'TABLE_CARDS' | 'TABLE_READER_CONTACTS' | 'TABLE_SITE', string>>,
  tenantId: string,
  nowMs: number,
): Promise<UnknownCard[]> {
  const { TABLE_CARDS, TABLE_READER_CONTACTS, TABLE_SITE } = tables;
  const key = ['tenantId', unknownCardsKey(tenantId)] as const;
  const rows = await queryAll(dynamodb, { tableName: TABLE_READER_CONTACTS, key });
  const recent = rows
    .flatMap((row) => refusedCardOf(row) ?? [])
    .filter(({ at }) => nowMs - Date.parse(at) < UNKNOWN_CARD_SHOWN_MS)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const newest = new Map<string, RefusedCard>();
  for (const card of recent) if (!newest.has(card.cardId)) newest.set(card.cardId, card);
  if (newest.size === 0) return [];
  const known = await readCards(dynamodb, TABLE_CARDS, tenantId, Array.from(newest.keys()));
  const shown = Array.from(newest.values())
    .filter(({ cardId }) => !known.has(cardId))
    .slice(0, MOST_CARDS);
  const readers = await readersOf(dynamodb, TABLE_SITE, tenantId, shown);
  return shown.map((card) => ({ ...card, ...readers.get(card.readerId) }));
}

async function readersOf(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  cards: readonly RefusedCard[],
): Promise<Map<string, Pick<Reader, 'door' | 'buildingId' | 'cardFormat'>>> {
  const ids = Array.from(new Set(cards.map(({ readerId }) => readerId)));
  const keys = ids.map((id) => ({ tableName, key: { siteKey: tenantKey(tenantId, 'readers'), id } }));
  const rows: unknown[] = (await batchGet(dynamodb, keys)).get(tableName) ?? [];
  return new Map(
    rows
      .filter((row) => isReader(row))
      .map(({ readerId, door, buildingId, cardFormat }) => [
        readerId,
        { door, buildingId, ...(cardFormat === undefined ? {} : { cardFormat }) },
      ]),
  );
}
