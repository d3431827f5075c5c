import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { MusterEntry } from '@swipegate/contract';
import type { Buildings } from './buildings.js';
import { type CardInside, cardsInside } from './cards-inside.js';
import { employeeNames } from './employee-names.js';

export interface MusterRequest {
  buildingId: string;
  zoneId: string | undefined;
}

export type MusterResult =
  | { found: true; people: MusterEntry[]; namesError: unknown }
  | { found: false; unknown: 'building' | 'zone' };

/** Reads who is inside. Rejects with the SDK's error. */
export type MusterList = (tenantId: string, request: MusterRequest) => Promise<MusterResult>;

interface MusterTables {
  TABLE_PRESENCE: string;
  TABLE_EMPLOYEES: string;
}

/**
 * Reads the people inside a building, with their names. If the names cannot be read, the list is complete except for
 * them, and `namesError` has the cause: in an evacuation, a list without names is better than none.
 */
export function musterList(dynamodb: DynamoDBClient, buildings: Buildings, tables: MusterTables): MusterList {
  return async (tenantId, { buildingId, zoneId }) => {
    const cards = await cardsInside(dynamodb, tables.TABLE_PRESENCE, { tenantId, buildingId, zoneId });
    if (cards.length === 0) {
      // An empty list for a mistyped building would be dangerous, so check that it exists.
      if (!(await buildings.hasBuilding(tenantId, buildingId))) return { found: false, unknown: 'building' };
      if (zoneId !== undefined && !(await buildings.hasZone(tenantId, buildingId, zoneId))) {
        return { found: false, unknown: 'zone' };
      }
    }
    const employeeIds = new Set(cards.flatMap(({ employeeId = [] }) => employeeId));
    try {
      const names = await employeeNames(dynamodb, tables.TABLE_EMPLOYEES, tenantId, Array.from(employeeIds));
      return { found: true, people: sorted(cards, names), namesError: undefined };
    } catch (error) {
      return { found: true, people: sorted(cards, new Map()), namesError: error };
    }
  };
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
