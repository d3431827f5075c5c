import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type Cardholder,
  compile,
  INDEXES,
  instantMs,
  type Reader,
  tenantKey,
  type ZonePermit,
} from '@swipegate/contract';
import { queryAll } from '@swipegate/http/query-rows';
import { rowsInside } from '@swipegate/movements/rows-inside';
import { accessRightDenial, isOpen, isPermitOpen } from '../../decide/rules/access-right-rules.js';
import { EmployeeRow } from '../../stores/employee-row.js';
import type { SiteIndex } from '../../stores/site-cache.js';
import { type DependedOn, type SiteDependents, siteDependents } from '../../stores/site-dependents.js';

/** A zone that a person may enter, and how. */
export interface ZoneAccess {
  zoneId: string;
  buildingId: string;
  /** Access levels of the person that cover the zone. */
  accessLevelIds: string[];
  scheduleIds: string[];
  /** Readers that lead in. Empty: no door leads there. */
  readerIds: string[];
  /** Permit of the person for the zone, unless it is over. */
  permit?: ZonePermit;
  isOpenNow: boolean;
}

/**
 * Returns the zones that a cardholder's access levels and permits cover, in order of building and zone. Pure. It tells rights, not
 * the state of cards, nor rules that depend on where people are.
 * @param nowMs ms since the epoch
 */
export function zonesOpenTo(employee: Cardholder, site: SiteIndex, nowMs: number): ZoneAccess[] {
  const found: ZoneAccess[] = [];
  for (const { zoneId, buildingId } of site.zones.values()) {
    const levels = employee.accessLevelIds.flatMap((id) => site.accessLevels.get(id) ?? []);
    const covering = levels.filter(({ zoneIds }) => zoneIds.includes(zoneId));
    const permit = permitFor(zoneId, employee, nowMs);
    if (covering.length === 0 && permit === undefined) continue;
    const timeZone = site.buildings.get(buildingId)?.timeZone;
    const isOpenAt = (scheduleId: string) => {
      const schedule = site.schedules.get(scheduleId);
      return schedule !== undefined && timeZone !== undefined && isOpen(schedule, nowMs, timeZone);
    };
    const scheduleIds = Array.from(new Set(covering.map(({ scheduleId }) => scheduleId)));
    found.push({
      zoneId,
      buildingId,
      accessLevelIds: covering.map(({ accessLevelId }) => accessLevelId),
      scheduleIds,
      readerIds: readersInto(zoneId, site),
      ...(permit === undefined ? {} : { permit }),
      isOpenNow:
        employee.active && ((permit !== undefined && isPermitOpen(permit, nowMs)) || scheduleIds.some(isOpenAt)),
    });
  }
  const key = ({ buildingId, zoneId }: ZoneAccess) => `${buildingId} ${zoneId}`;
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Returns a cardholder's permit for a zone, unless it is over. @param nowMs ms since the epoch */
export function permitFor(zoneId: string, { zonePermits }: Cardholder, nowMs: number): ZonePermit | undefined {
  return zonePermits?.find((permit) => permit.zoneId === zoneId && nowMs < instantMs(permit.until));
}

function readersInto(zoneId: string, { readers }: SiteIndex): string[] {
  const into = Array.from(readers.values()).filter((reader) => reader.zoneId === zoneId && reader.direction !== 'out');
  return into.map(({ readerId }) => readerId).sort();
}

/** Returns the access levels that cover the zone behind a reader, in order of their ids. */
export function accessLevelsInto({ zoneId }: Reader, { accessLevels }: SiteIndex): string[] {
  const covering = Array.from(accessLevels.values()).filter(({ zoneIds }) => zoneIds.includes(zoneId));
  return covering.map(({ accessLevelId }) => accessLevelId).sort();
}

/** Whether a cardholder's rights open a reader at an instant, ms since the epoch. */
export function opensNow(reader: Reader, site: SiteIndex, employee: Cardholder, nowMs: number): boolean {
  return employee.active && accessRightDenial(reader, site, employee, nowMs) === undefined;
}

/** Entries and people that depend on an entry of the site. */
export interface Dependents extends SiteDependents {
  /** Number of employees with the access level. */
  employees: number;
  /** Number of people inside the zone or the building. */
  peopleInside: number;
}

const hasAccessLevels = compile(EmployeeRow);

/** Reads what depends on an entry: what removing it would need changed first. Rejects with an SDK error. */
export async function dependentsOf(
  dynamodb: DynamoDBClient,
  tables: Readonly<Record<'TABLE_EMPLOYEES' | 'TABLE_PRESENCE', string>>,
  { tenantId, site, kind, id }: { tenantId: string; site: SiteIndex; kind: DependedOn; id: string },
): Promise<Dependents> {
  const buildingId = kind === 'zones' ? site.zones.get(id)?.buildingId : kind === 'buildings' ? id : undefined;
  const [employees, peopleInside] = await Promise.all([
    kind === 'access-levels' ? holdersOf(dynamodb, tables.TABLE_EMPLOYEES, tenantId, id) : 0,
    buildingId === undefined
      ? 0
      : rowsInside(dynamodb, tables.TABLE_PRESENCE, {
          buildingKey: tenantKey(tenantId, buildingId),
          zoneId: kind === 'zones' ? id : undefined,
          nowMs: Date.now(),
        }).then((rows) => rows.length),
  ]);
  return { ...siteDependents(site, kind, id), employees, peopleInside };
}

async function holdersOf(dynamodb: DynamoDBClient, tableName: string, tenantId: string, accessLevelId: string) {
  const indexName = INDEXES.employees.byName;
  const rows: unknown[] = await queryAll(dynamodb, { tableName, indexName, key: ['tenantId', tenantId] });
  return rows.filter((row) => hasAccessLevels(row) && row.accessLevelIds.includes(accessLevelId)).length;
}
