import type { ContentOf } from '@swipegate/contract';
import { applied, type ChangeContext, type ChangeResult, keyPut, keyTombstone, rejected, sitePut } from './effects.js';
import type { ChangeFacts, ReaderKey } from './facts.js';
import { thereAre, zonesOf } from './known-ids.js';

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
  { site }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (!site.schedules.has(scheduleId))
    return rejected('schedule-unknown', `There is no schedule ${scheduleId}. ${thereAre(site.schedules.keys())}`);
  const user = Array.from(site.accessLevels.values()).find((level) => level.scheduleId === scheduleId);
  if (user !== undefined)
    return rejected(
      'in-use',
      `The access level ${user.accessLevelId} uses the schedule ${scheduleId}. Change it first.`,
    );
  return applied(sitePut(context, 'schedules', scheduleId));
}

export function setReader(
  { reader }: ContentOf<'set-reader'>,
  { site }: ChangeFacts,
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
  return applied(sitePut(context, 'readers', readerId, reader));
}

/** Removes a reader and its keys. */
export function removeReader(
  { readerId }: ContentOf<'remove-reader'>,
  { site, readerKeys }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (!site.readers.has(readerId))
    return rejected('reader-unknown', `There is no reader ${readerId}. ${thereAre(site.readers.keys())}`);
  return applied(
    sitePut(context, 'readers', readerId),
    sitePut(context, 'reader-keys', readerId),
    ...readerKeys.map(keyTombstone),
  );
}

/** Adds a key. The reader's other keys stay valid until the overlap ends; expired ones are removed. */
export function issueReaderKey(
  { readerId, keyId, keyHash, overlapUntil }: ContentOf<'issue-reader-key'>,
  { site, readerKeys }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (!site.readers.has(readerId))
    return rejected('reader-unknown', `There is no reader ${readerId}. ${thereAre(site.readers.keys())}`);
  const others = readerKeys.filter((key) => key.keyHash !== keyHash);
  const isOver = ({ notAfter }: ReaderKey) =>
    notAfter !== undefined && Date.parse(notAfter) <= Date.parse(context.requestedAt);
  const ending = others.filter((key) => !isOver(key)).map((key) => endingBy(key, overlapUntil));
  const keys: ReaderKey[] = [...ending, { keyId, keyHash, issuedAt: context.requestedAt }];
  return applied(
    sitePut(context, 'reader-keys', readerId, { keys }),
    ...keys.map((key) => keyPut(context, readerId, key)),
    ...others.filter(isOver).map(keyTombstone),
  );
}

export function revokeReaderKey(
  { readerId, keyId }: ContentOf<'revoke-reader-key'>,
  { readerKeys }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const key = readerKeys.find((key) => key.keyId === keyId);
  if (key === undefined)
    return rejected(
      'key-unknown',
      `The reader ${readerId} has no key ${keyId}. ${thereAre(readerKeys.map((each) => each.keyId))}`,
    );
  const keys = readerKeys.filter((other) => other !== key);
  return applied(sitePut(context, 'reader-keys', readerId, { keys }), keyTombstone(key));
}

function endingBy(key: ReaderKey, overlapUntil: string): ReaderKey {
  const endsSooner = key.notAfter !== undefined && Date.parse(key.notAfter) <= Date.parse(overlapUntil);
  return endsSooner ? key : { ...key, notAfter: overlapUntil };
}
