import type {
  AccessEvent,
  Card,
  Decision,
  Direction,
  Place,
  Reader,
  Schedule,
  Site,
  Swipe,
  Zone,
  ZonePermit,
} from '@swipegate/contract';
import { LocalClock, type WallTime } from './local-clock.js';

export interface Expectation extends Pick<Decision, 'outcome' | 'reason' | 'direction' | 'repeatOf'> {
  /** Whether it moves the cardholder is open: which of two clocks shows the later time depends on milliseconds. */
  isDoubtful?: boolean;
}

/** Default `REPEAT_WINDOW_MS` of the decision function. */
const REPEAT_WINDOW_MS = 5_000;

/** The last answer that is not a repeat. */
interface Answer {
  swipeId: string;
  readerId: string;
  direction: Direction;
  offlineOutcome: Swipe['offlineOutcome'];
  atMs: number;
  reason: AccessEvent;
  /** Whether the cardholder passed. */
  passed: boolean;
}

interface Stay {
  /** Undefined is outdoors. */
  zoneId: string | undefined;
  /** By the reader's clock. */
  sinceMs: number;
  /** The move counts with a time from `earliestMs` to `latestMs`, and never one after `boundMs`, on the gateway's clock. */
  earliestMs: number;
  latestMs: number;
  boundMs: number;
  /** Whether the swipe that made the move is on its way. */
  isOpen: boolean;
}

/** How far the clocks of the machines of a run may differ. */
const MACHINES_APART_MS = 1_000;

/** An answer, as far as a repeat of it depends on it. */
export type PastAnswer = Pick<
  Decision,
  'swipeId' | 'repeatOf' | 'readerId' | 'direction' | 'offlineOutcome' | 'outcome' | 'reason' | 'receivedAt'
>;

/** A cardholder's place at the start. An operator has forgiven their entries up to `forgivenAt` (RFC 3339). */
export interface KnownPlace extends Place {
  forgivenAt?: string;
  /** The decision that led there, or a repeat of it, if it is the card's last. */
  entry?: PastAnswer;
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
  /** By cardId, permits of the holder. Absent for most. */
  readonly #permits = new Map<string, readonly ZonePermit[]>();
  readonly #stays = new Map<string, Stay>();
  /** By cardId. */
  readonly #answers = new Map<string, Answer>();
  readonly #repeatWindowMs: number;
  /** End of forgiven entries by cardId, ms since the epoch. */
  readonly #forgivenMs = new Map<string, number>();
  /** Zones whose swipes it cannot judge. */
  readonly unjudgedZones: ReadonlySet<string>;

  /**
   * @param presence places of cardholders at the start, by cardId; missing cardholders are outdoors
   * @param repeatWindowMs how long an answer is repeated, ms; 0: never
   */
  constructor(
    site: Site,
    {
      presence,
      repeatWindowMs = REPEAT_WINDOW_MS,
    }: { presence?: ReadonlyMap<string, KnownPlace>; repeatWindowMs?: number } = {},
  ) {
    this.#repeatWindowMs = repeatWindowMs;
    this.#readers = new Map(site.readers.map((reader) => [reader.readerId, reader]));
    this.#zones = new Map(site.zones.map((zone) => [zone.zoneId, zone]));
    this.#clocks = new Map(site.buildings.map(({ buildingId, timeZone }) => [buildingId, new LocalClock(timeZone)]));
    this.#cards = new Map(site.cards.map((card) => [card.cardId, card]));
    const rights = rightsOfLevels(site);
    const holders = new Map(site.employees.map((employee) => [employee.employeeId, employee]));
    for (const { cardId, employeeId = '' } of site.cards) {
      const holder = holders.get(employeeId);
      if (holder !== undefined) this.#rights.set(cardId, holder.active ? rights(holder.accessLevelIds) : null);
      if (holder?.zonePermits !== undefined) this.#permits.set(cardId, holder.zonePermits);
    }
    for (const [cardId, { zoneId, since, swipeId, forgivenAt, entry }] of presence ?? []) {
      const sinceMs = Date.parse(since);
      this.#stays.set(cardId, { zoneId, sinceMs, ...exactly(sinceMs) });
      if (entry !== undefined) {
        const { readerId, direction, offlineOutcome, reason } = entry;
        this.#answers.set(cardId, {
          swipeId,
          readerId,
          direction,
          offlineOutcome,
          atMs: sinceMs,
          reason,
          passed: true,
        });
      }
      if (forgivenAt !== undefined) this.#forgivenMs.set(cardId, Date.parse(forgivenAt));
    }
    this.unjudgedZones = unjudgedZones(site);
  }

  /**
   * Predicts the decision on a swipe, given earlier calls for the same card, and moves the cardholder accordingly. When
   * the gateway has accepted the swipe, {@link received} must follow.
   * @param nowMs when the card is shown, ms since the epoch, on the simulator's clock. Default: the reader's is right
   */
  expect(swipe: Swipe, nowMs = Date.parse(swipe.readAt)): Expectation {
    const { cardId, offlineOutcome } = swipe;
    const isHistory = offlineOutcome !== undefined;
    const reader = this.#readers.get(swipe.readerId);
    const wanted = swipe.direction ?? 'in';
    const oneWay = reader === undefined || reader.direction === 'both' ? undefined : reader.direction;
    const direction = oneWay ?? wanted;
    const atMs = Date.parse(swipe.readAt);
    const answer = this.#answerBefore(swipe, direction, atMs);
    const found = this.#judge(reader, swipe, { direction, atMs, before: answer });
    const opens = opensDoor(found);
    const reason = opens && swipe.duress === true ? 'duress' : found;
    const expectation = { outcome: isHistory ? 'recorded' : opens ? 'granted' : 'denied', reason, direction } as const;
    // The same answer again is a repeat, and the person has passed already.
    if (answer !== undefined && (opens ? opensDoor(answer.reason) : found === answer.reason)) {
      return { ...expectation, repeatOf: answer.swipeId };
    }
    const before = this.#stays.get(cardId);
    if (before !== undefined) before.isOpen = false;
    // Nothing happens after it was received, so a fast clock does not count.
    const earliestMs = Math.min(atMs, nowMs);
    const isNews = before === undefined || earliestMs > before.earliestMs;
    const passed = reader !== undefined && (isHistory ? offlineOutcome === 'granted' && isNews : opens);
    const zoneId = direction === 'in' ? reader?.zoneId : reader?.outerZoneId;
    if (passed) {
      // A live entry counts when the gateway receives it, an exit to the outdoors with the earlier of both times.
      const isByGateway = !isHistory && zoneId !== undefined;
      const fromMs = isByGateway ? nowMs : earliestMs;
      const boundMs = isByGateway ? Number.POSITIVE_INFINITY : atMs;
      this.#stays.set(cardId, { zoneId, sinceMs: atMs, earliestMs: fromMs, latestMs: fromMs, boundMs, isOpen: true });
    }
    const { swipeId, readerId } = swipe;
    this.#answers.set(cardId, { swipeId, readerId, direction, offlineOutcome, atMs, reason, passed });
    const isOpen =
      offlineOutcome === 'granted' &&
      before !== undefined &&
      earliestMs <= before.latestMs + MACHINES_APART_MS &&
      atMs > before.earliestMs - MACHINES_APART_MS;
    return isOpen ? { ...expectation, isDoubtful: true } : expectation;
  }

  /** Notes that the gateway has received the card's last swipe by now. @param nowMs ms since the epoch */
  received(cardId: string, nowMs: number): void {
    const stay = this.#stays.get(cardId);
    if (stay?.isOpen !== true) return;
    stay.isOpen = false;
    stay.latestMs = Math.max(stay.latestMs, Math.min(stay.boundMs, nowMs));
  }

  #judge(
    reader: Reader | undefined,
    { cardId, offlineOutcome }: Swipe,
    { direction, atMs, before }: { direction: Direction; atMs: number; before: Answer | undefined },
  ): AccessEvent {
    if (reader === undefined) return 'denied-point-no-access-rights';
    if (direction === 'out') return 'granted';
    return this.#entrance(reader, cardId, { atMs, isHistory: offlineOutcome !== undefined, before });
  }

  /** The card's last answer, if a swipe may be a repeat of it: the same reader, direction and kind, seconds apart. */
  #answerBefore({ cardId, readerId, offlineOutcome }: Swipe, direction: Direction, atMs: number): Answer | undefined {
    const last = this.#answers.get(cardId);
    if (last === undefined || last.readerId !== readerId || last.direction !== direction) return undefined;
    if (last.offlineOutcome !== offlineOutcome) return undefined;
    if (Math.abs(atMs - last.atMs) >= this.#repeatWindowMs) return undefined;
    // An offline reader let them pass, but a later move was already known, so the pass did not count.
    if (offlineOutcome === 'granted' && !last.passed) return undefined;
    return last;
  }

  /** Zone of the cardholder; undefined is outdoors. */
  whereIs(cardId: string): string | undefined {
    return this.#stays.get(cardId)?.zoneId;
  }

  #entrance(reader: Reader, cardId: string, when: When): AccessEvent {
    const { atMs } = when;
    if (reader.mode !== 'normal') return reader.mode === 'free' ? 'granted' : 'denied-lockout';
    const card = this.#cards.get(cardId);
    if (card === undefined) return 'denied-unknown-credential';
    const refused = refusal(card, atMs);
    if (refused !== undefined) return refused;
    const rights = this.#rights.get(cardId);
    if (rights === undefined) return 'denied-credential-unassigned';
    if (rights === null) return 'denied-no-access-rights';
    const permit = this.#permits.get(cardId)?.find(({ zoneId }) => zoneId === reader.zoneId);
    const isEarly = permit !== undefined && atMs < Date.parse(permit.from);
    if (permit !== undefined && !isEarly && atMs < Date.parse(permit.until))
      return this.#passback(reader, cardId, when);
    const schedules = rights.get(reader.zoneId) ?? (isEarly ? [] : undefined);
    if (schedules === undefined) return 'denied-zone-no-access-rights';
    const now = this.#clocks.get(reader.buildingId)?.at(atMs);
    if (now === undefined || !schedules.some((schedule) => covers(schedule, now))) return 'denied-out-of-time-range';
    return this.#passback(reader, cardId, when);
  }

  /** Anti-passback check of a cardholder who may otherwise enter. */
  #passback({ zoneId, buildingId }: Reader, cardId: string, { atMs, isHistory, before }: When): AccessEvent {
    const rule = this.#zones.get(zoneId)?.antiPassback;
    if (rule === undefined) return 'denied-zone-no-access-rights';
    // The person has just passed with this answer, and shows the card again.
    if (before?.passed === true) {
      const { reason } = before;
      return reason === 'denied-passback' || reason === 'passback-detected' ? reason : 'granted';
    }
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

/** When an entrance is judged, and the answer that it may repeat. */
interface When {
  atMs: number;
  isHistory: boolean;
  before: Answer | undefined;
}

/** A move whose time is known. */
function exactly(ms: number) {
  return { earliestMs: ms, latestMs: ms, boundMs: ms, isOpen: false };
}

function opensDoor(reason: AccessEvent): boolean {
  return !reason.startsWith('denied');
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
