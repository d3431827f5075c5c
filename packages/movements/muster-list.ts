import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { untilProcessed } from '@swipegate/aws/backoff';
import { inLanes, piecesOf } from '@swipegate/aws/in-lanes';
import { type MusterEntry, tenantKey } from '@swipegate/contract';
import type { Buildings, CardInside } from './buildings.js';

export interface MusterRequest {
  buildingId: string;
  zoneId: string | undefined;
}

export type MusterResult =
  | { found: true; people: MusterEntry[]; namesError: unknown }
  | { found: false; unknown: 'building' | 'zone' };

/** Reads who is inside. Rejects with the SDK's error. */
export type MusterList = (tenantId: string, request: MusterRequest) => Promise<MusterResult>;

/** If the names cannot be read, lists the people without: in an evacuation, that is better than no list. */
export function musterList(dynamodb: DynamoDBClient, buildings: Buildings, tableEmployees: string): MusterList {
  return async (tenantId, { buildingId, zoneId }) => {
    const cards = await buildings.cardsInside(tenantId, buildingId, zoneId);
    if (cards.length === 0) {
      // An empty list for a mistyped building would be dangerous, so check that it exists.
      if (!(await buildings.hasBuilding(tenantId, buildingId))) return { found: false, unknown: 'building' };
      if (zoneId !== undefined && !(await buildings.hasZone(tenantId, buildingId, zoneId))) {
        return { found: false, unknown: 'zone' };
      }
    }
    const employeeIds = new Set(cards.flatMap(({ employeeId = [] }) => employeeId));
    try {
      const names = await employeeNames(dynamodb, tableEmployees, tenantId, employeeIds);
      return { found: true, people: sorted(cards, names), namesError: undefined };
    } catch (error) {
      return { found: true, people: sorted(cards, new Map()), namesError: error };
    }
  };
}

/** DynamoDB's limit of keys per BatchGetItem call. */
const KEYS_PER_CALL = 100;
const CONCURRENT_CALLS = 8;

/** Reads names by employeeId, eventually consistent. Leaves out unknown ids. @throws {UnprocessedError} or the SDK's */
async function employeeNames(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  employeeIds: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const keys = Array.from(employeeIds, (id) => marshall({ employeeKey: tenantKey(tenantId, id) }));
  await inLanes(piecesOf(keys, KEYS_PER_CALL), CONCURRENT_CALLS, (piece) =>
    untilProcessed(piece, async (Keys) => {
      const request = {
        Keys,
        ProjectionExpression: '#id, #name',
        ExpressionAttributeNames: { '#id': 'employeeId', '#name': 'name' },
      };
      const { Responses = {}, UnprocessedKeys = {} } = await dynamodb.send(
        new BatchGetItemCommand({ RequestItems: { [tableName]: request } }),
      );
      for (const item of Responses[tableName] ?? []) {
        const { employeeId, name } = unmarshall(item);
        if (typeof name === 'string') names.set(String(employeeId), name);
      }
      const { Keys: left = [] } = UnprocessedKeys[tableName] ?? {};
      return left.length === 0 ? undefined : left;
    }),
  );
  return names;
}

const collator = new Intl.Collator('en');

function sorted(cards: readonly CardInside[], names: ReadonlyMap<string, string>): MusterEntry[] {
  const entries = cards.map((card): MusterEntry => {
    const name = card.employeeId === undefined ? undefined : names.get(card.employeeId);
    return name === undefined ? card : { name, ...card };
  });
  const label = ({ name, employeeId, cardId }: MusterEntry) => name ?? employeeId ?? cardId;
  return entries.sort((a, b) => collator.compare(label(a), label(b)) || (a.cardId < b.cardId ? -1 : 1));
}
