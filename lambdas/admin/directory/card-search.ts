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
import { isUnsent, type SiteNumbering, siteReadings } from '@swipegate/contract/cards/site-readings';
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

async function numberingOf(dynamodb: DynamoDBClient, tableName: string, tenantId: string): Promise<SiteNumbering> {
  const [numbers, formats] = await Promise.all([
    cardNumbersOf(dynamodb, tableName, tenantId),
    formatsOf(dynamodb, tableName, tenantId),
  ]);
  return { numbers, formats };
}

/** Returns why a card may open no door, in words. Rejects with an SDK error. */
export async function cardWarnings(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  cardId: string,
): Promise<string[]> {
  const numbering = await numberingOf(dynamodb, tableName, tenantId);
  if (!isUnsent(cardId, numbering)) return [];
  const formats = Array.from(numbering.formats).sort().join(', ');
  return [
    `No reader of the site sends ${cardId}, so the card opens no door. The readers’ card formats are ${formats}: ` +
      'show the card at a door, and link it from the unknown cards (GET /v1/unknown-cards).',
  ];
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
  const numbering = await numberingOf(dynamodb, tables.TABLE_SITE, user.tenantId);
  const { numbers } = numbering;
  const readings = siteReadings(typed, numbering).map(({ cardId, how }) => ({ cardId, how }));
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
