import type { AccessEvent, Card, Decision, Place, Reader, Schedule, Site, Swipe, Zone } from '@swipegate/contract';
import { LocalClock, type WallTime } from './local-clock.js';

export type Expectation = Pick<Decision, 'outcome' | 'reason' | 'direction'>;

interface Stay {
  /** Undefined is outdoors. */
  zoneId: string | undefined;
  sinceMs: number;
}

/** A cardholder's place at the start. An operator has forgiven their entries up to `forgivenAt` (RFC 3339). */
export interface KnownPlace extends Place {
  forgivenAt?: string;
}

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
 * Predicts the decision on each swipe from the site and from earlier swipes, without code of the decision function. It
 * cannot judge {@link Oracle.unjudgedZones}.
 */
export class Oracle {
  readonly #readers: ReadonlyMap<string, Reader>;
  readonly #zones: ReadonlyMap<string, Zone>;
  readonly #clocks: ReadonlyMap<string, LocalClock>;
  readonly #cards: ReadonlyMap<string, Card>;
  /** By cardId, schedules for entry by zone. Absent for cards without a holder; null for cards of inactive employees. */
  readonly #rights = new Map<string, ReadonlyMap<string, Schedule[]> | null>();
  readonly #stays = new Map<string, Stay>();
  /** End of forgiven entries by cardId, ms since the epoch. */
  readonly #forgivenMs = new Map<string, number>();
  /** Zones whose swipes it cannot judge. */
  readonly unjudgedZones: ReadonlySet<string>;

  /** @param presence places of cardholders at the start, by cardId; missing cardholders are outdoors */
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

  /** Predicts the decision on a swipe, given earlier calls for the same card, and moves the cardholder accordingly. */
  expect(swipe: Swipe): Expectation {
    const { cardId, offlineOutcome } = swipe;
    const isHistory = offlineOutcome !== undefined;
    const reader = this.#readers.get(swipe.readerId);
    const wanted = swipe.direction ?? 'in';
    if (reader === undefined) {
      const outcome = isHistory ? 'recorded' : 'denied';
      return { outcome, reason: 'denied-point-no-access-rights', direction: wanted };
    }
    const direction = reader.direction === 'both' ? wanted : reader.direction;
    const atMs = Date.parse(swipe.readAt);
    const found = direction === 'out' ? 'granted' : this.#entrance(reader, cardId, atMs, isHistory);
    const opens = !found.startsWith('denied');
    const isNews = atMs > (this.#stays.get(cardId)?.sinceMs ?? Number.NEGATIVE_INFINITY);
    const goes = isHistory ? offlineOutcome === 'granted' && isNews : opens;
    const zoneId = direction === 'in' ? reader.zoneId : reader.outerZoneId;
    if (goes) this.#stays.set(cardId, { zoneId, sinceMs: atMs });
    const reason = opens && swipe.duress === true ? 'duress' : found;
    return { outcome: isHistory ? 'recorded' : opens ? 'granted' : 'denied', reason, direction };
  }

  /** Zone of the cardholder; undefined is outdoors. */
  whereIs(cardId: string): string | undefined {
    return this.#stays.get(cardId)?.zoneId;
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
    return this.#passback(reader, cardId, atMs, isHistory);
  }

  /** Anti-passback check of a cardholder who may otherwise enter. */
  #passback({ zoneId, buildingId }: Reader, cardId: string, atMs: number, isHistory: boolean): AccessEvent {
    const rule = this.#zones.get(zoneId)?.antiPassback;
    if (rule === undefined) return 'denied-zone-no-access-rights';
    const stay = this.#stays.get(cardId);
    if (stay?.zoneId !== zoneId || rule.mode === 'none') return 'granted';
    // The swipe is older than the known entry, and the place before that is unknown.
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

/** Zones with an occupancy limit or two-person rule, which depend on the unknowable order of swipes in flight. */
export function unjudgedZones({ zones }: Site): ReadonlySet<string> {
  const unjudged = zones.filter((zone) => zone.occupancyLimit !== undefined || zone.accompaniment !== undefined);
  return new Set(unjudged.map(({ zoneId }) => zoneId));
}

/** Reason to refuse a card at a time, if any. A status set by a person takes precedence over the card's dates. */
function refusal({ status, validFrom, validUntil }: Card, atMs: number): AccessEvent | undefined {
  const refused = CARD_REFUSED[status];
  if (refused !== undefined && status !== 'expired') return refused;
  if (validFrom !== undefined && atMs < Date.parse(validFrom)) return 'denied-credential-not-yet-active';
  if (validUntil !== undefined && atMs >= Date.parse(validUntil)) return 'denied-credential-expired';
  return refused;
}

/** `HH:MM` compares as text in time order. The day on which an interval begins decides by its weekday and holidays. */
function covers({ intervals, holidays }: Schedule, { time, before, ...today }: WallTime): boolean {
  return intervals.some(({ days, from, until }) => {
    const isNight = until < from;
    const begins = from <= time && (isNight || time < until) ? today : isNight && time < until ? before : undefined;
    return begins !== undefined && days.includes(begins.weekday) && !holidays.includes(begins.date);
  });
}

/** Returns a cached function from access levels to schedules by zone. Many people share few lists of levels. */
function rightsOfLevels({ accessLevels, schedules }: Site) {
  const known = new Map<string, Map<string, Schedule[]>>();
  return (ids: readonly string[]): ReadonlyMap<string, Schedule[]> => {
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
