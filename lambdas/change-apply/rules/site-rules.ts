import { type ContentOf, defaultTenant, isWithin, readersOfDevice } from '@swipegate/contract';
import { listed, thereAre, zonesOf } from '../../stores/listed-ids.js';
import { lockFault } from '../../stores/lock-fault.js';
import { type DependedOn, dependentsClause, siteDependents } from '../../stores/site-dependents.js';
import { keyPuts } from './device-rules.js';
import { applied, type ChangeContext, type ChangeResult, keyPut, keyTombstone, rejected, sitePut } from './effects.js';
import type { ChangeFacts, StoredDevice } from './facts.js';

/**
 * The form of card numbers is part of every linked card. It can only change while no reader has a card format, so that
 * nobody's card stops working unnoticed.
 */
export function setTenant(
  { tenant }: ContentOf<'set-tenant'>,
  { site, storedTenant }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (tenant.cardNumbers !== (storedTenant ?? defaultTenant(context.tenantId)).cardNumbers) {
    const readers = Array.from(site.readers.values()).filter(({ cardFormat = 'as-sent' }) => cardFormat !== 'as-sent');
    if (readers.length > 0) {
      const ids = listed(readers.map(({ readerId }) => readerId));
      const reason = `Readers convert card numbers: ${ids}. Set their card format to as-sent, change the form of card numbers, then set the formats again and link the cards under their new numbers.`;
      return rejected('in-use', reason);
    }
  }
  for (const { level, locks } of tenant.threatLevels ?? []) {
    const fault = lockFault(locks, site);
    if (fault !== undefined) return rejected(fault.code, `Threat level ${level}: ${fault.reason}`);
  }
  return applied(sitePut(context, 'tenant', context.tenantId, { ...tenant, tenantId: context.tenantId }));
}

export function setBuilding(
  { building }: ContentOf<'set-building'>,
  _: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  return applied(sitePut(context, 'buildings', building.buildingId, building));
}

export function removeBuilding(
  { buildingId }: ContentOf<'remove-building'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { site } = facts;
  if (!site.buildings.has(buildingId))
    return rejected('building-unknown', `There is no building ${buildingId}. ${thereAre(site.buildings.keys())}`);
  return useOf(facts, 'buildings', buildingId) ?? applied(sitePut(context, 'buildings', buildingId));
}

export function setZone({ zone }: ContentOf<'set-zone'>, { site }: ChangeFacts, context: ChangeContext): ChangeResult {
  const { zoneId, buildingId, outerZoneId } = zone;
  if (!site.buildings.has(buildingId))
    return rejected('building-unknown', `There is no building ${buildingId}. ${thereAre(site.buildings.keys())}`);
  if (outerZoneId !== undefined && site.zones.get(outerZoneId)?.buildingId !== buildingId) {
    const others = zonesOf(buildingId, site).filter((id) => id !== zoneId);
    return rejected('zone-unknown', `The building ${buildingId} has no zone ${outerZoneId}. ${thereAre(others)}`);
  }
  if (isWithin(outerZoneId, zoneId, site.zones))
    return rejected('zone-circle', `The zone ${outerZoneId} is itself inside ${zoneId}, so it cannot be around it.`);
  const stored = site.zones.get(zoneId);
  if (stored !== undefined && stored.buildingId !== buildingId) {
    const { zones, readers } = siteDependents(site, 'zones', zoneId);
    const clause = dependentsClause({ zones, readers, accessLevels: [] });
    if (clause !== undefined)
      return rejected(
        'in-use',
        `The zone ${zoneId} cannot move to ${buildingId}: ${clause} of ${stored.buildingId} depend on it.`,
      );
  }
  return applied(sitePut(context, 'zones', zoneId, zone));
}

export function removeZone(
  { zoneId }: ContentOf<'remove-zone'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { site } = facts;
  if (!site.zones.has(zoneId))
    return rejected('zone-unknown', `There is no zone ${zoneId}. ${thereAre(site.zones.keys())}`);
  return useOf(facts, 'zones', zoneId) ?? applied(sitePut(context, 'zones', zoneId));
}

const NOUNS: Record<DependedOn, string> = {
  buildings: 'building',
  zones: 'zone',
  schedules: 'schedule',
  'access-levels': 'access level',
  readers: 'reader',
};

/** Returns the rejection of a removal that would leave others without what they name, or people nowhere. */
function useOf({ site, peopleInside }: ChangeFacts, kind: DependedOn, id: string): ChangeResult | undefined {
  const name = `${NOUNS[kind]} ${id}`;
  const clause = dependentsClause(siteDependents(site, kind, id));
  if (clause !== undefined) return rejected('in-use', `The ${name} is used by ${clause}. Change or remove them first.`);
  if (peopleInside === 0) return undefined;
  const people = peopleInside === 1 ? 'One person is' : `${peopleInside} people are`;
  const reason = `${people} inside the ${name}. They must leave it, or a guard marks them as outside, before it is removed.`;
  return rejected('in-use', reason);
}

export function setAccessLevel(
  { accessLevel }: ContentOf<'set-access-level'>,
  { site }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { accessLevelId, zoneIds, scheduleId } = accessLevel;
  const missing = zoneIds.find((id) => !site.zones.has(id));
  if (missing !== undefined)
    return rejected('zone-unknown', `There is no zone ${missing}. ${thereAre(site.zones.keys())}`);
  if (!site.schedules.has(scheduleId))
    return rejected('schedule-unknown', `There is no schedule ${scheduleId}. ${thereAre(site.schedules.keys())}`);
  return applied(sitePut(context, 'access-levels', accessLevelId, accessLevel));
}

export function removeAccessLevel(
  { accessLevelId }: ContentOf<'remove-access-level'>,
  { site, accessLevelHeld }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (!site.accessLevels.has(accessLevelId)) {
    return rejected(
      'access-level-unknown',
      `There is no access level ${accessLevelId}. ${thereAre(site.accessLevels.keys())}`,
    );
  }
  if (accessLevelHeld)
    return rejected('in-use', `Employees have the access level ${accessLevelId}. Remove it from them first.`);
  return applied(sitePut(context, 'access-levels', accessLevelId));
}

export function setSchedule(
  { schedule }: ContentOf<'set-schedule'>,
  _: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  return applied(sitePut(context, 'schedules', schedule.scheduleId, schedule));
}

export function removeSchedule(
  { scheduleId }: ContentOf<'remove-schedule'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { site } = facts;
  if (!site.schedules.has(scheduleId))
    return rejected('schedule-unknown', `There is no schedule ${scheduleId}. ${thereAre(site.schedules.keys())}`);
  return useOf(facts, 'schedules', scheduleId) ?? applied(sitePut(context, 'schedules', scheduleId));
}

/** A new card format reaches the gateways with the reader's keys. */
export function setReader(
  { reader }: ContentOf<'set-reader'>,
  { site, storedTenant, readerKeys, devices }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { readerId, buildingId, zoneId, outerZoneId } = reader;
  if (!site.buildings.has(buildingId))
    return rejected('building-unknown', `There is no building ${buildingId}. ${thereAre(site.buildings.keys())}`);
  for (const id of [zoneId, outerZoneId]) {
    if (id !== undefined && site.zones.get(id)?.buildingId !== buildingId) {
      return rejected(
        'zone-unknown',
        `The building ${buildingId} has no zone ${id}. ${thereAre(zonesOf(buildingId, site))}`,
      );
    }
  }
  const { cardNumbers } = storedTenant ?? defaultTenant(context.tenantId);
  // The format of a row that cannot be read is not known.
  const isReformatted =
    reader.cardFormat !== site.readers.get(readerId)?.cardFormat || site.unreadableReaders?.has(readerId) === true;
  const changed = { site: { ...site, readers: new Map(site.readers).set(readerId, reader) }, storedTenant };
  return applied(
    sitePut(context, 'readers', readerId, reader),
    ...(isReformatted ? readerKeys.map((key) => keyPut(context, reader, cardNumbers, key)) : []),
    ...(isReformatted ? devicesOf(readerId, devices).flatMap((device) => keyPuts(device, changed, context)) : []),
  );
}

/** Removes a reader and its keys. */
export function removeReader(
  { readerId }: ContentOf<'remove-reader'>,
  { site, readerKeys, devices }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (!site.readers.has(readerId))
    return rejected('reader-unknown', `There is no reader ${readerId}. ${thereAre(site.readers.keys())}`);
  const users = devicesOf(readerId, devices).map(({ deviceId }) => deviceId);
  if (users.length > 0)
    return rejected(
      'in-use',
      `The reader ${readerId} is a door of ${listed(users)}. Change or remove the device first.`,
    );
  return applied(
    sitePut(context, 'readers', readerId),
    sitePut(context, 'reader-keys', readerId),
    ...readerKeys.map(keyTombstone),
  );
}

function devicesOf(readerId: string, devices: readonly StoredDevice[]): StoredDevice[] {
  return devices.filter((device) => readersOfDevice(device).includes(readerId));
}
