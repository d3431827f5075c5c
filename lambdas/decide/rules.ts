import type {
  AccessEvent,
  AccessLevel,
  Building,
  Card,
  CardStatus,
  Direction,
  Employee,
  Outcome,
  Place,
  Reader,
  Schedule,
  SwipeRecord,
  Zone,
} from '../../gateway/contract/index.js';
import { isOpen } from './schedule.js';

/** One tenant's buildings, doors and hours. */
export interface SiteIndex {
  buildings: ReadonlyMap<string, Building>;
  zones: ReadonlyMap<string, Zone>;
  schedules: ReadonlyMap<string, Schedule>;
  accessLevels: ReadonlyMap<string, AccessLevel>;
  readers: ReadonlyMap<string, Reader>;
}

/** All that a decision hangs on. What is not there is undefined, and denies. */
export interface Facts {
  swipe: SwipeRecord;
  site: SiteIndex;
  card: Card | undefined;
  employee: Employee | undefined;
  /** Where the card's holder is; undefined is outdoors. */
  inside: Place | undefined;
  maxClockSkewMs: number;
}

export interface Verdict {
  outcome: Outcome;
  reason: AccessEvent;
  direction: Direction;
  timeBasis: 'readAt' | 'receivedAt';
  /** The instant the rules went by, ms since the epoch. */
  atMs: number;
}

const STATUS_DENIALS: Partial<Record<CardStatus, AccessEvent>> = {
  suspended: 'denied-credential-manual-disable',
  lost: 'denied-authentication-factor-lost',
  stolen: 'denied-authentication-factor-stolen',
  revoked: 'denied-credential-disabled',
};

/**
 * Grant or deny: first rule that has something to say. Pure. Only 'out' at a known reader, a reader in free mode, and the
 * end of the list grant; whatever is missing denies (invariant 5).
 */
export function decide(facts: Facts): Verdict {
  const { swipe, site, card, employee } = facts;
  const reader = site.readers.get(swipe.readerId);
  const clock = clockOf(swipe, facts.maxClockSkewMs);
  const direction = directionOf(reader, swipe);
  const verdict = (reason: AccessEvent): Verdict => ({
    outcome: reason === 'granted' || reason === 'passback-detected' ? 'granted' : 'denied',
    reason,
    direction,
    ...clock,
  });

  if (reader === undefined) return verdict('denied-point-no-access-rights');
  if (direction === 'out') return verdict('granted');
  if (reader.mode === 'locked-down') return verdict('denied-lockout');
  if (reader.mode === 'free') return verdict('granted');
  if (card === undefined) return verdict('denied-unknown-credential');
  return verdict(
    statusDenial(card) ??
      validityDenial(card, clock.atMs) ??
      holderDenial(card, employee) ??
      accessDenial(reader, site, employee, clock.atMs) ??
      passback(reader, site, facts.inside, clock.atMs) ??
      'granted',
  );
}

/** A reader that serves one way knows the way better than the swipe does. */
function directionOf(reader: Reader | undefined, swipe: SwipeRecord): Direction {
  if (reader === undefined || reader.direction === 'both') return swipe.direction ?? 'in';
  return reader.direction;
}

/** The reader's clock, unless it is too far from ours: a stopped clock must not open yesterday's schedule. */
function clockOf(swipe: SwipeRecord, maxSkewMs: number): Pick<Verdict, 'timeBasis' | 'atMs'> {
  const readAtMs = Date.parse(swipe.readAt);
  const receivedAtMs = Date.parse(swipe.receivedAt);
  return Math.abs(readAtMs - receivedAtMs) <= maxSkewMs
    ? { timeBasis: 'readAt', atMs: readAtMs }
    : { timeBasis: 'receivedAt', atMs: receivedAtMs };
}

function statusDenial(card: Card): AccessEvent | undefined {
  return STATUS_DENIALS[card.status];
}

function validityDenial(card: Card, atMs: number): AccessEvent | undefined {
  if (card.status === 'issued') return 'denied-credential-not-yet-active';
  if (card.validFrom !== undefined && atMs < Date.parse(card.validFrom)) return 'denied-credential-not-yet-active';
  if (card.status === 'expired') return 'denied-credential-expired';
  if (card.validUntil !== undefined && atMs >= Date.parse(card.validUntil)) return 'denied-credential-expired';
  return undefined;
}

function holderDenial(card: Card, employee: Employee | undefined): AccessEvent | undefined {
  if (card.employeeId === undefined || employee === undefined) return 'denied-credential-unassigned';
  return employee.active ? undefined : 'denied-no-access-rights';
}

function accessDenial(
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

/** Anti-passback: who is in a zone must have left it before entering again. */
function passback(reader: Reader, site: SiteIndex, inside: Place | undefined, atMs: number): AccessEvent | undefined {
  const zone = site.zones.get(reader.zoneId);
  if (zone === undefined) return 'denied-zone-no-access-rights';
  if (inside?.zoneId !== reader.zoneId) return undefined;
  switch (zone.antiPassback.mode) {
    case 'none':
      return undefined;
    case 'soft':
      return 'passback-detected';
    case 'hard':
      return 'denied-passback';
    case 'timed':
      return atMs - Date.parse(inside.since) < zone.antiPassback.minutes * 60_000 ? 'denied-passback' : undefined;
  }
}
