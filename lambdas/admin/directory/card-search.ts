import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type CardFormat,
  type CardNumbers,
  type CardWithPresence,
  compile,
  defaultTenant,
  Reader,
  Tenant,
} from '@swipegate/contract';
import { type CardNumberReading, uidReadings } from '@swipegate/contract/cards/card-number-readings';
import { siteReadings } from '@swipegate/contract/cards/site-readings';
import type { AdminUser } from '@swipegate/http/sign-in/token-verifier';
import { readCardsWithPresence } from './cards.js';
import { readSiteRow, readSiteRows } from './site-rows.js';

const isTenant = compile(Tenant);
const isReader = compile(Reader);

export interface FoundReading extends CardNumberReading {
  card?: CardWithPresence;
}

/** Rejects with an SDK error. */
export async function cardNumbersOf(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
): Promise<CardNumbers> {
  const row: unknown = await readSiteRow(dynamodb, tableName, tenantId, 'tenant', tenantId);
  return (isTenant(row) ? row : defaultTenant(tenantId)).cardNumbers;
}

/** Returns the formats in which a tenant's readers send numbers. Rejects with an SDK error. */
async function formatsOf(dynamodb: DynamoDBClient, tableName: string, tenantId: string): Promise<Set<CardFormat>> {
  const rows: unknown[] = await readSiteRows(dynamodb, tableName, tenantId, 'readers');
  return new Set(rows.filter((row) => isReader(row)).map(({ cardFormat }) => cardFormat ?? 'as-sent'));
}

/**
 * Finds the card of a number as somebody typed it: all ways to read it, those with a card first, then those that the
 * tenant's readers can send. If none has a card, a card whose UID ends in the number printed on it is found too. Rejects
 * with an SDK error.
 */
export async function readingsWithCards(
  dynamodb: DynamoDBClient,
  tables: Readonly<Record<'TABLE_CARDS' | 'TABLE_PRESENCE' | 'TABLE_SITE', string>>,
  user: AdminUser,
  typed: string,
): Promise<FoundReading[]> {
  const [numbers, formats] = await Promise.all([
    cardNumbersOf(dynamodb, tables.TABLE_SITE, user.tenantId),
    formatsOf(dynamodb, tables.TABLE_SITE, user.tenantId),
  ]);
  const readings = siteReadings(typed, { numbers, formats }).map(({ cardId, how }) => ({ cardId, how }));
  const found = await withCards(readings);
  if (found.some(({ card }) => card !== undefined) || numbers !== 'full') return found;
  const others = (await withCards(uidReadings(readings))).filter(({ card }) => card !== undefined);
  return [...others, ...found];

  async function withCards(some: readonly CardNumberReading[]): Promise<FoundReading[]> {
    if (some.length === 0) return [];
    const ids = some.map(({ cardId }) => cardId);
    const cards = await readCardsWithPresence(dynamodb, tables, user, ids);
    const byId = new Map(cards.map((card) => [card.cardId, card]));
    const all = some.map((reading): FoundReading => {
      const card = byId.get(reading.cardId);
      return card === undefined ? reading : { ...reading, card };
    });
    return all.sort((a, b) => Number(b.card !== undefined) - Number(a.card !== undefined));
  }
}
