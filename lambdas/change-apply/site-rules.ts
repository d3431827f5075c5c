import type { ContentOf } from '@swipegate/contract';
import type { ChangeFacts } from './facts.js';
import { keyTombstone, sitePut } from './puts.js';
import { type Asked, applied, rejected, type Settlement } from './settlement.js';

export function setAccessLevel(
  { accessLevel }: ContentOf<'set-access-level'>,
  { site }: ChangeFacts,
  asked: Asked,
): Settlement {
  const { accessLevelId, zoneIds, scheduleId } = accessLevel;
  const missing = zoneIds.find((id) => !site.zones.has(id));
  if (missing !== undefined) return rejected('zone-unknown', `There is no zone ${missing}.`);
  if (!site.schedules.has(scheduleId)) return rejected('schedule-unknown', `There is no schedule ${scheduleId}.`);
  return applied(sitePut(asked, 'access-levels', accessLevelId, accessLevel));
}

export function removeAccessLevel(
  { accessLevelId }: ContentOf<'remove-access-level'>,
  { site, accessLevelHeld }: ChangeFacts,
  asked: Asked,
): Settlement {
  if (!site.accessLevels.has(accessLevelId)) {
    return rejected('access-level-unknown', `There is no access level ${accessLevelId}.`);
  }
  if (accessLevelHeld)
    return rejected('in-use', `Employees have the access level ${accessLevelId}. Remove it from them first.`);
  return applied(sitePut(asked, 'access-levels', accessLevelId));
}

export function setSchedule({ schedule }: ContentOf<'set-schedule'>, _: ChangeFacts, asked: Asked): Settlement {
  return applied(sitePut(asked, 'schedules', schedule.scheduleId, schedule));
}

export function removeSchedule(
  { scheduleId }: ContentOf<'remove-schedule'>,
  { site }: ChangeFacts,
  asked: Asked,
): Settlement {
  if (!site.schedules.has(scheduleId)) return rejected('schedule-unknown', `There is no schedule ${scheduleId}.`);
  const user = Array.from(site.accessLevels.values()).find((level) => level.scheduleId === scheduleId);
  if (user !== undefined)
    return rejected(
      'in-use',
      `The access level ${user.accessLevelId} uses the schedule ${scheduleId}. Change it first.`,
    );
  return applied(sitePut(asked, 'schedules', scheduleId));
}

export function setReader({ reader }: ContentOf<'set-reader'>, { site }: ChangeFacts, asked: Asked): Settlement {
  const { readerId, buildingId, zoneId, outerZoneId } = reader;
  if (!site.buildings.has(buildingId)) return rejected('building-unknown', `There is no building ${buildingId}.`);
  for (const id of [zoneId, outerZoneId]) {
    if (id !== undefined && site.zones.get(id)?.buildingId !== buildingId) {
      return rejected('zone-unknown', `The building ${buildingId} has no zone ${id}.`);
    }
  }
  return applied(sitePut(asked, 'readers', readerId, reader));
}

/** Removes a reader and its keys. */
export function removeReader(
  { readerId }: ContentOf<'remove-reader'>,
  { site, readerKeys }: ChangeFacts,
  asked: Asked,
): Settlement {
  if (!site.readers.has(readerId)) return rejected('reader-unknown', `There is no reader ${readerId}.`);
  return applied(
    sitePut(asked, 'readers', readerId),
    sitePut(asked, 'reader-keys', readerId),
    ...readerKeys.map(keyTombstone),
  );
}
