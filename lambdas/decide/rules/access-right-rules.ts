import type { AccessEvent, Employee, Reader } from '@swipegate/contract';
import type { SiteIndex } from '../../stores/site/site-index.js';
import { isOpen } from './schedule.js';

/** Why a cardholder may not enter the zone behind a reader at an instant: no access level covers it, or none is open now. */
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
