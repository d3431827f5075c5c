import type {
  AccessEvent,
  Card,
  Direction,
  Outcome,
  Place,
  Reader,
  Schedule,
  Site,
  Swipe,
  Zone,
} from '@swipegate/contract';
import { LocalClock } from './local-clock.js';
import { unjudgedZones } from './unjudged-zones.js';

/** What must come back for a swipe. */
export interface Expectation {
  outcome: Outcome;
  reason: AccessEvent;
  direction: Direction;
}

/** A holder's place, and since when, as far as the rules ask. */
interface Stay {
  /** Undefined is outdoors. */
  zoneId: string | undefined;
  sinceMs: number;
}

/** Where a holder is at the start, and until when an operator has forgiven their entries (RFC 3339). */
export interface KnownPlace extends Place {
  forgivenAt?: string;
}

/** What each state of a card does to its holder, whatever the hour. */
const CARD_REFUSED: Readonly<Record<Card['status'], AccessEvent | undefined>> = {
  active: undefined,
  issued: 'denied-credential-not-yet-active',
  suspended: 'denied-credential-manual-disable',
  lost: 'denied-authentication-factor-lost',
  stolen: 'denied-authentication-factor-stolen',
  destroyed: 'denied-authentication-factor-destroyed',
  revoked: 'denied-credential-disabled',
  expired: 'denied-credential-expired',
};

/**
 * Knows the site and what everybody has done, and so what must be decided: worked out apart from the decision function, of
 * whose code it uses nothing. Every card's rights are laid out beforehand; a swipe is then a few lookups.
 * {@link Oracle.unjudgedZones} are beyond it.
 */
export class Oracle {
  readonly #readers: ReadonlyMap<string, Reader>;
  readonly #zones: ReadonlyMap<string, Zone>;
  readonly #clocks: ReadonlyMap<string, LocalClock>;
  readonly #cards: ReadonlyMap<string, Card>;
  /** Schedules by which a card's holder may enter, by zone. Absent for cards of nobody; null for the inactive. */
  readonly #rights = new Map<string, ReadonlyMap<string, Schedule[]> | null>();
  readonly #stays = new Map<string, Stay>();
  /** ms since the epoch, by cardId. */
  readonly #forgivenMs = new Map<string, number>();
  /** Zones whose swipes it cannot judge. */
  readonly unjudgedZones: ReadonlySet<string>;

  /** @param presence where holders are at the start, by cardId; who is not in it is outdoors */
  constructor(site: Site, { presence }: { presence?: ReadonlyMap<string, KnownPlace> } = {}) {
    this.#readers = new Map(site.readers.map((reader) => [reader.readerId, reader]));
    this.#zones = new Map(site.zones.map((zone) => [zone.zoneId, zone]));
    this.#clocks = new Map(site.buildings.map(({ buildingId, timeZone }) => [buildingId, new LocalClock(timeZone)]));
    this.#cards = new Map(site.cards.map((card) => [card.cardId, card]));
    const rights = rightsOfLevels(site);
    const holders = new Map(site.employees.map((employee) => [employee.employeeId, employee]));
    for (const { cardId, employeeId = '' } of site.cards) {
      const holder = holders.get(employeeId);
      if (holder !== undefined) this.#rights.set(cardId, holder.active ? rights(holder.accessLevelIds) : null);
    }
    for (const [cardId, { zoneId, since, forgivenAt }] of presence ?? []) {
      this.#stays.set(cardId, { zoneId, sinceMs: Date.parse(since) });
      if (forgivenAt !== undefined) this.#forgivenMs.set(cardId, Date.parse(forgivenAt));
    }
    this.unjudgedZones = unjudgedZones(site);
  }

  /** What must be decided for a swipe, given those expected before it for the same card; moves the holder accordingly. */
  expect(swipe: Swipe): Expectation {
    const { cardId, offlineOutcome } = swipe;
    const isHistory = offlineOutcome !== undefined;
    const reader = this.#readers.get(swipe.readerId);
    const asked = swipe.direction ?? 'in';
    if (reader === undefined) {
      const outcome = isHistory ? 'recorded' : 'denied';
      return { outcome, reason: 'denied-point-no-access-rights', direction: asked };
    }
    const direction = reader.direction === 'both' ? asked : reader.direction;
    const atMs = Date.parse(swipe.readAt);
    const found = direction === 'out' ? 'granted' : this.#entrance(reader, cardId, atMs, isHistory);
    const opens = !found.startsWith('denied');
    const goes = isHistory ? offlineOutcome === 'granted' && this.#isNews(cardId, atMs) : opens;
    if (goes) {
      this.#stays.set(cardId, { zoneId: direction === 'in' ? reader.zoneId : reader.outerZoneId, sinceMs: atMs });
    }
    const reason = opens && swipe.duress === true ? 'duress' : found;
    return { outcome: isHistory ? 'recorded' : opens ? 'granted' : 'denied', reason, direction };
  }

  /** Zone that the holder is in; undefined is outdoors. */
  whereIs(cardId: string): string | undefined {
    return this.#stays.get(cardId)?.zoneId;
  }

  /** Whether an instant is after the holder's last move, as far as one is known. */
  #isNews(cardId: string, atMs: number): boolean {
    const stay = this.#stays.get(cardId);
    return stay === undefined || atMs > stay.sinceMs;
  }

  #entrance(reader: Reader, cardId: string, atMs: number, isHistory: boolean): AccessEvent {
    if (reader.mode !== 'normal') return reader.mode === 'free' ? 'granted' : 'denied-lockout';
    const card = this.#cards.get(cardId);
    if (card === undefined) return 'denied-unknown-credential';
    const refused = refusal(card, atMs);
    if (refused !== undefined) return refused;
    const rights = this.#rights.get(cardId);
    if (rights === undefined) return 'denied-credential-unassigned';
    if (rights === null) return 'denied-no-access-rights';
    const schedules = rights.get(reader.zoneId);
    if (schedules === undefined) return 'denied-zone-no-access-rights';
    const now = this.#clocks.get(reader.buildingId)?.at(atMs);
    if (now === undefined || !schedules.some((schedule) => covers(schedule, now))) return 'denied-out-of-time-range';
    return this.#again(reader, cardId, atMs, isHistory);
  }

  /** Somebody who may enter: unless they are in already. */
  #again({ zoneId, buildingId }: Reader, cardId: string, atMs: number, isHistory: boolean): AccessEvent {
    const rule = this.#zones.get(zoneId)?.antiPassback;
    if (rule === undefined) return 'denied-zone-no-access-rights';
    const stay = this.#stays.get(cardId);
    if (stay?.zoneId !== zoneId || rule.mode === 'none') return 'granted';
    // They came in after that; where they were before, nobody knows.
    if (isHistory && atMs < stay.sinceMs) return 'granted';
    const { forgiveAt } = rule;
    const pardoned = stay.sinceMs <= (this.#forgivenMs.get(cardId) ?? Number.NEGATIVE_INFINITY);
    const lapsed = forgiveAt !== undefined && this.#clocks.get(buildingId)?.cameTo(forgiveAt, stay.sinceMs, atMs);
    if (pardoned || lapsed === true) return 'granted';
    if (rule.mode === 'soft') return 'passback-detected';
    const over = rule.mode === 'timed' && atMs >= stay.sinceMs + rule.minutes * 60_000;
    return over ? 'granted' : 'denied-passback';
  }
}

/** Why a card opens nothing at an instant, if so. What a person has done to a card stands before what its dates say. */
function refusal({ status, validFrom, validUntil }: Card, atMs: number): AccessEvent | undefined {
  const refused = CARD_REFUSED[status];
  if (refused !== undefined && status !== 'expired') return refused;
  if (validFrom !== undefined && atMs < Date.parse(validFrom)) return 'denied-credential-not-yet-active';
  if (validUntil !== undefined && atMs >= Date.parse(validUntil)) return 'denied-credential-expired';
  return refused;
}

function covers({ intervals, holidays }: Schedule, now: { weekday: number; time: string; date: string }): boolean {
  if (holidays.includes(now.date)) return false;
  // `HH:MM` sorts as text as it does in time.
  return intervals.some(({ days, from, until }) => days.includes(now.weekday) && from <= now.time && now.time < until);
}

/** Schedules by zone for a list of access levels. Few lists are used by many people: each is worked out once. */
function rightsOfLevels({
  accessLevels,
  schedules,
}: Site): (ids: readonly string[]) => ReadonlyMap<string, Schedule[]> {
  const known = new Map<string, Map<string, Schedule[]>>();
  return (ids) => {
    const key = ids.join();
    const found = known.get(key);
    if (found !== undefined) return found;
    const rights = new Map<string, Schedule[]>();
    for (const level of accessLevels.filter(({ accessLevelId }) => ids.includes(accessLevelId))) {
      const schedule = schedules.find(({ scheduleId }) => scheduleId === level.scheduleId);
      for (const zoneId of level.zoneIds) {
        rights.set(zoneId, [...(rights.get(zoneId) ?? []), ...(schedule === undefined ? [] : [schedule])]);
      }
    }
    known.set(key, rights);
    return rights;
  };
}
