import type { AccessEvent, Employee, Reader } from '../../gateway/contract/index.js';
import { isOpen } from './schedule.js';
import type { SiteIndex } from './site-index.js';

/** Why a cardholder may not enter the zone behind a reader at an instant: no access level covers it, or none is open now. */
export function accessRightDenial(
  reader: Reader,
  site: SiteIndex,
  employee: Employee | undefined,
  atMs: number,
): AccessEvent | undefined {
  const levels = (employee?.accessLevelIds ?? [])
    .map((id) => site.accessLevels.get(id))
    .filter((level) => level?.zoneIds.includes(reader.zoneId));
  if (levels.length === 0) return 'denied-zone-no-access-rights';
  const timeZone = site.buildings.get(reader.buildingId)?.timeZone;
  const open = levels.some((level) => {
    const schedule = level && site.schedules.get(level.scheduleId);
    return schedule !== undefined && timeZone !== undefined && isOpen(schedule, atMs, timeZone);
  });
  return open ? undefined : 'denied-out-of-time-range';
}
