import type { AccessEvent, Employee, Reader } from '@swipegate/contract';
import type { SiteIndex } from '../../stores/site/site-index.js';
import { isOpen } from './schedule.js';

/**
 * Returns the denial if no access level of the cardholder covers the zone behind the reader, or none of those that do
 * is open at `atMs`; undefined otherwise.
 */
export function accessRightDenial(
  reader: Reader,
  site: SiteIndex,
  employee: Employee | undefined,
  atMs: number,
): AccessEvent | undefined {
  const timeZone = site.buildings.get(reader.buildingId)?.timeZone;
  let isCovered = false;
  for (const id of employee?.accessLevelIds ?? []) {
    const level = site.accessLevels.get(id);
    if (level === undefined || !level.zoneIds.includes(reader.zoneId)) continue;
    isCovered = true;
    const schedule = site.schedules.get(level.scheduleId);
    if (schedule !== undefined && timeZone !== undefined && isOpen(schedule, atMs, timeZone)) return undefined;
  }
  return isCovered ? 'denied-out-of-time-range' : 'denied-zone-no-access-rights';
}
