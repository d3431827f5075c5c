import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { Card, type ChangeContent, type RejectionCode, rowParser, tenantKey } from '@swipegate/contract';
import { type EmployeeRow, employeeOf, isErased } from '../stores/employee-row.js';
import { thereAre, zonesOf } from '../stores/listed-ids.js';
import type { ReadLine } from './read-file.js';
import type { KnownSite } from './site-rows.js';

export interface PeopleIds {
  employeeIds: readonly string[];
  cardIds: readonly string[];
}

/** Employees and cards as they are, by id. */
export interface KnownPeople {
  employees: ReadonlyMap<string, EmployeeRow>;
  cards: ReadonlyMap<string, Card>;
}

/** Why a change would be rejected. */
interface Doubt {
  code: RejectionCode;
  reason: string;
}

interface Foresight extends KnownPeople {
  site: KnownSite;
  /** Zones that the file makes. */
  newZones: ReadonlySet<string>;
}

const cardOf = rowParser(Card);

/**
 * Returns the lines whose change would be rejected as things are now, for the commonest reasons: what a line names does
 * not exist, or the card is in use. When its turn comes, each change is checked in full.
 */
export async function foreseenRejections(
  { tenantId, site, lines }: { tenantId: string; site: KnownSite; lines: readonly ReadLine[] },
  { peopleOf }: { peopleOf(tenantId: string, ids: PeopleIds): Promise<KnownPeople> },
): Promise<ReadonlyMap<number, Doubt>> {
  const contents = lines.flatMap(({ result: { line }, change }) => (change ? [{ line, content: change.content }] : []));
  const links = contents.flatMap(({ content }) => (content.type === 'link-card' ? content : []));
  const people =
    links.length === 0
      ? { employees: new Map(), cards: new Map() }
      : await peopleOf(tenantId, {
          employeeIds: Array.from(new Set(links.map(({ employeeId }) => employeeId))),
          cardIds: Array.from(new Set(links.map(({ cardId }) => cardId))),
        });
  const newZones = new Set(contents.flatMap(({ content }) => (content.type === 'set-zone' ? content.zone.zoneId : [])));
  return new Map(
    contents.flatMap(({ line, content }) => {
      const doubt = doubtOf(content, { ...people, site, newZones });
      return doubt === undefined ? [] : [[line, doubt] as const];
    }),
  );
}

/** Reads the rows of employees and cards. @throws what the SDK throws */
export async function readPeople(
  dynamodb: DynamoDBClient,
  tables: Readonly<Record<'TABLE_CARDS' | 'TABLE_EMPLOYEES', string>>,
  tenantId: string,
  { employeeIds, cardIds }: PeopleIds,
): Promise<KnownPeople> {
  const { TABLE_CARDS, TABLE_EMPLOYEES } = tables;
  const rows = await batchGet(dynamodb, [
    ...employeeIds.map((id) => ({ tableName: TABLE_EMPLOYEES, key: { employeeKey: tenantKey(tenantId, id) } })),
    ...cardIds.map((id) => ({ tableName: TABLE_CARDS, key: { cardKey: tenantKey(tenantId, id) } })),
  ]);
  const employees = (rows.get(TABLE_EMPLOYEES) ?? []).flatMap((row) => employeeOf(row) ?? []);
  const cards = (rows.get(TABLE_CARDS) ?? []).flatMap((row) => cardOf(row) ?? []);
  return {
    employees: new Map(employees.map((employee) => [employee.employeeId, employee])),
    cards: new Map(cards.map((card) => [card.cardId, card])),
  };
}

function doubtOf(content: ChangeContent, known: Foresight): Doubt | undefined {
  const { site, newZones } = known;
  switch (content.type) {
    case 'patch-employee': {
      const missing = content.accessLevelIds?.find((id) => !site.accessLevels.has(id));
      if (missing === undefined) return undefined;
      const reason = `There is no access level ${missing}. ${thereAre(site.accessLevels.keys())}`;
      return { code: 'access-level-unknown', reason };
    }
    case 'link-card':
      return linkDoubt(content, known) ?? placeDoubt(content.buildingId, [content.zoneId], site);
    case 'set-reader':
      return placeDoubt(content.reader.buildingId, [content.reader.zoneId, content.reader.outerZoneId], site);
    case 'set-zone': {
      const { buildingId, outerZoneId } = content.zone;
      return placeDoubt(buildingId, newZones.has(outerZoneId ?? '') ? [] : [outerZoneId], site);
    }
    default:
      return undefined;
  }
}

function linkDoubt(
  { cardId, employeeId }: { cardId: string; employeeId: string },
  { employees, cards }: KnownPeople,
): Doubt | undefined {
  const employee = employees.get(employeeId);
  const holder = cards.get(cardId)?.employeeId;
  if (holder !== undefined) {
    return { code: 'card-already-linked', reason: `The card ${cardId} is linked to ${holder}. Unlink it first.` };
  }
  if (employee === undefined || isErased(employee)) {
    const reason = `There is no employee ${employeeId}. Check the id, or import the employee first.`;
    return { code: 'employee-unknown', reason };
  }
  if (employee.active) return undefined;
  const reason = `The employee ${employeeId} is not active. Activate the employee first.`;
  return { code: 'employee-inactive', reason };
}

function placeDoubt(buildingId: string, zoneIds: readonly (string | undefined)[], site: KnownSite): Doubt | undefined {
  if (!site.buildings.has(buildingId)) {
    return {
      code: 'building-unknown',
      reason: `There is no building ${buildingId}. ${thereAre(site.buildings.keys())}`,
    };
  }
  const missing = zoneIds.find((id) => id !== undefined && site.zones.get(id)?.buildingId !== buildingId);
  if (missing === undefined) return undefined;
  const reason = `The building ${buildingId} has no zone ${missing}. ${thereAre(zonesOf(buildingId, site))}`;
  return { code: 'zone-unknown', reason };
}
