import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { rowOf } from '@swipegate/aws/attributes';
import { untilProcessed } from '@swipegate/aws/backoff';
import { inLanes, piecesOf } from '@swipegate/aws/in-lanes';
import { Card, instantMs, type MusterCardState, type MusterEntry, tenantKey } from '@swipegate/contract';
import { cardOf, HOLDS, heldCard } from '@swipegate/contract/back-office/holds';
import type { Row } from '@swipegate/http/query-rows';
import type { Buildings, CardInside } from './buildings.js';

export interface MusterRequest {
  buildingId: string;
  zoneId: string | undefined;
}

export type MusterResult =
  | { found: true; people: MusterEntry[]; namesError: unknown; cardsError: unknown }
  | { found: false; unknown: 'building' | 'zone' };

/** Reads the people inside. Rejects with the SDK's error. */
export type MusterList = (tenantId: string, request: MusterRequest) => Promise<MusterResult>;

/** The list does not wait longer for the states of the cards, ms. */
const CARDS_WITHIN_MS = 3_000;

/**
 * If the names or the cards cannot be read, lists the people without: in an evacuation, that is better than no list.
 * @param cardsWithinMs the list goes out without the states of cards if reading them takes longer, ms
 */
export function musterList(
  dynamodb: DynamoDBClient,
  buildings: Buildings,
  names: EmployeeNames,
  cardsTable: string,
  cardsWithinMs = CARDS_WITHIN_MS,
): MusterList {
  return async (tenantId, { buildingId, zoneId }) => {
    const inside = await buildings.cardsInside(tenantId, buildingId, zoneId);
    if (inside.length === 0) {
      // An empty list for a mistyped building would be dangerous, so check that it exists.
      if (!(await buildings.hasBuilding(tenantId, buildingId))) return { found: false, unknown: 'building' };
      if (zoneId !== undefined && !(await buildings.hasZone(tenantId, buildingId, zoneId))) {
        return { found: false, unknown: 'zone' };
      }
    }
    const employeeIds = new Set(inside.flatMap(({ employeeId = [] }) => employeeId));
    // A row that moves within the index during the read may come twice.
    const cardIds = new Set(inside.map(({ cardId }) => cardId));
    const [named, cards] = await Promise.allSettled([
      names(tenantId, employeeIds),
      cardsOf(dynamodb, cardsTable, tenantId, cardIds, AbortSignal.timeout(cardsWithinMs)),
    ]);
    const known = {
      names: named.status === 'fulfilled' ? named.value : NO_NAMES,
      cards: cards.status === 'fulfilled' ? cards.value : undefined,
    };
    return {
      found: true,
      people: sorted(inside, known, Date.now()),
      namesError: named.status === 'fulfilled' ? undefined : named.reason,
      cardsError: cards.status === 'fulfilled' ? undefined : cards.reason,
    };
  };
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** Reads names by employeeId. Leaves out unknown ids. Rejects with UnprocessedError, or the SDK's error. */
export type EmployeeNames = (tenantId: string, employeeIds: Iterable<string>) => Promise<ReadonlyMap<string, string>>;

export function employeeNames(dynamodb: DynamoDBClient, tableName: string): EmployeeNames {
  return async (tenantId, employeeIds) => {
    const names = new Map<string, string>();
    const keys = Array.from(employeeIds, (id) => ({ employeeKey: tenantKey(tenantId, id) }));
    await readMembers(dynamodb, { tableName, keys, members: ['employeeId', 'name'] }, ({ employeeId, name }) => {
      if (typeof name === 'string') names.set(String(employeeId), name);
    });
    return names;
  };
}

const CARD_MEMBERS = [...Object.keys(Card.properties), HOLDS];

/** Reads cards under their holds, by cardId; undefined for a row that cannot be read. @throws as {@link employeeNames} */
async function cardsOf(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  cardIds: Iterable<string>,
  signal: AbortSignal,
): Promise<Map<string, Card | undefined>> {
  const cards = new Map<string, Card | undefined>();
  const keys = Array.from(cardIds, (id) => ({ cardKey: tenantKey(tenantId, id) }));
  await readMembers(dynamodb, { tableName, keys, members: CARD_MEMBERS, signal }, (row) => {
    // A row with holds alone has no cardId: a block was requested for an unknown card.
    if (row['cardId'] === undefined) return;
    const card = cardOf(row);
    cards.set(String(row['cardId']), card && heldCard(card, row));
  });
  return cards;
}

/** DynamoDB's limit of keys per BatchGetItem call. */
const KEYS_PER_CALL = 100;
const CONCURRENT_CALLS = 8;

interface MemberRequest {
  tableName: string;
  /** Without duplicates. */
  keys: readonly Readonly<Record<string, string>>[];
  members: readonly string[];
  signal?: AbortSignal;
}

/** Reads members of rows, eventually consistent, which costs half. @throws {UnprocessedError} or the SDK's */
async function readMembers(
  dynamodb: DynamoDBClient,
  { tableName, keys, members, signal }: MemberRequest,
  found: (row: Row) => void,
): Promise<void> {
  const projection = {
    ProjectionExpression: members.map((_, i) => `#${i}`).join(),
    ExpressionAttributeNames: Object.fromEntries(members.map((member, i) => [`#${i}`, member])),
  };
  const marshalled = keys.map((key) => marshall(key));
  await inLanes(piecesOf(marshalled, KEYS_PER_CALL), CONCURRENT_CALLS, (piece) =>
    untilProcessed(piece, async (Keys) => {
      const command = new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys, ...projection } } });
      const { Responses = {}, UnprocessedKeys = {} } = await dynamodb.send(
        command,
        signal === undefined ? {} : { abortSignal: signal },
      );
      for (const item of Responses[tableName] ?? []) found(rowOf(item));
      const { Keys: left = [] } = UnprocessedKeys[tableName] ?? {};
      return left.length === 0 ? undefined : left;
    }),
  );
}

const collator = new Intl.Collator('en');

/** @param known `cards` is undefined if they could not be read */
function sorted(
  inside: readonly CardInside[],
  { names, cards }: { names: ReadonlyMap<string, string>; cards: ReadonlyMap<string, Card | undefined> | undefined },
  nowMs: number,
): MusterEntry[] {
  const entries = inside.map((person): MusterEntry => {
    const name = person.employeeId === undefined ? undefined : names.get(person.employeeId);
    const state = cards && cardState(person, cards, nowMs);
    return {
      ...(name === undefined ? {} : { name }),
      ...person,
      ...(state === undefined ? {} : { cardState: state }),
    };
  });
  const label = ({ name, employeeId, cardId }: MusterEntry) => name ?? employeeId ?? cardId;
  return entries.sort((a, b) => collator.compare(label(a), label(b)) || (a.cardId < b.cardId ? -1 : 1));
}

/** Undefined if the card is active and the person's, or if its row cannot be read. */
function cardState(
  { cardId, employeeId }: CardInside,
  cards: ReadonlyMap<string, Card | undefined>,
  nowMs: number,
): MusterCardState | undefined {
  if (!cards.has(cardId)) return 'unknown';
  const card = cards.get(cardId);
  if (card === undefined) return undefined;
  if (card.status !== 'active' && card.status !== 'issued') return card.status;
  if (card.employeeId !== employeeId) return 'not-linked';
  if (card.status === 'issued') return 'issued';
  if (card.validFrom !== undefined && nowMs < instantMs(card.validFrom)) return 'not-yet-valid';
  if (card.validUntil !== undefined && nowMs >= instantMs(card.validUntil)) return 'expired';
  return undefined;
}
