import type { AccessEvent, Outcome, Reader, SwipeRecord } from '@swipegate/contract';
import { SITE } from './small-site.js';

interface Stay {
  zoneId: string | undefined;
  /** By the reader's clock. */
  sinceMs: number;
  /** History up to this time is older than the move. */
  movedMs: number;
}

interface Shown {
  holder: string;
  readerId: string;
  atMs: number;
  isHistory: boolean;
}

export interface Judged {
  outcome: Outcome;
  reason: AccessEvent;
}

const LATE_MS = 60_000;

/**
 * Model of the rules for swipes that come one by one, each once, as a guard with a notebook would apply them. Has no
 * batches, tables, retries or crashes, and uses no code of the function.
 */
export class PresenceModel {
  readonly #stays = new Map<string, Stay>();
  #shown: Shown[] = [];

  /** Cards inside a zone. */
  inside(zoneId: string): string[] {
    return Array.from(this.#stays)
      .filter(([, stay]) => stay.zoneId === zoneId)
      .map(([cardId]) => cardId)
      .sort();
  }

  judge(swipe: SwipeRecord, arrivedAtMs: number): Judged {
    const reader = SITE.readers.find(({ readerId }) => readerId === swipe.readerId);
    const offline = swipe.offlineOutcome;
    const isLate = offline === undefined && arrivedAtMs - Date.parse(swipe.receivedAt) > LATE_MS;
    const isHistory = offline !== undefined || isLate;
    const atMs = Date.parse(swipe.readAt);
    if (reader === undefined) {
      return { outcome: isHistory ? 'recorded' : 'denied', reason: 'denied-point-no-access-rights' };
    }
    const way = reader.direction === 'both' ? (swipe.direction ?? 'in') : reader.direction;
    const event = way === 'out' ? 'granted' : this.#atTheDoor(reader, swipe.cardId, atMs, isHistory);
    const opens = !event.startsWith('denied');
    const receivedMs = Date.parse(swipe.receivedAt);
    const passedMs = offline === undefined ? receivedMs : Math.min(atMs, receivedMs);
    const isNews = passedMs > (this.#stays.get(swipe.cardId)?.movedMs ?? Number.NEGATIVE_INFINITY);
    const moves = isHistory ? isNews && (isLate ? way === 'out' : offline === 'granted') : opens;
    if (moves) {
      const zoneId = way === 'in' ? reader.zoneId : reader.outerZoneId;
      // Where the clocks disagree about the order of an exit and an entry, the entry counts.
      const movedMs = zoneId === undefined ? Math.min(atMs, passedMs) : passedMs;
      this.#stays.set(swipe.cardId, { zoneId, sinceMs: atMs, movedMs });
    }
    const reason = opens && swipe.duress === true ? 'duress' : event;
    return { outcome: isHistory ? 'recorded' : opens ? 'granted' : 'denied', reason };
  }

  #atTheDoor({ readerId, zoneId, mode }: Reader, cardId: string, atMs: number, isHistory: boolean): AccessEvent {
    if (mode === 'locked-down') return 'denied-lockout';
    if (mode === 'free') return 'granted';
    const card = SITE.cards.find((each) => each.cardId === cardId);
    if (card === undefined) return 'denied-unknown-credential';
    if (card.status === 'stolen') return 'denied-authentication-factor-stolen';
    const zone = SITE.zones.find((each) => each.zoneId === zoneId);
    const stay = this.#stays.get(cardId);
    const again = stay?.zoneId === zoneId && !(isHistory && stay.sinceMs > atMs);
    const { mode: passback } = zone?.antiPassback ?? { mode: 'none' };
    if (again && passback === 'hard') return 'denied-passback';
    const others = this.inside(zoneId).filter((other) => other !== cardId);
    if (others.length >= (zone?.occupancyLimit ?? Number.POSITIVE_INFINITY)) return 'denied-upper-occupancy-limit';
    if (zone?.accompaniment !== undefined) {
      const holder = card.employeeId ?? '';
      const withinMs = zone.accompaniment.withinSeconds * 1000;
      const company = this.#shown.filter(
        (other) =>
          other.readerId === readerId &&
          other.holder !== holder &&
          Math.abs(other.atMs - atMs) <= withinMs &&
          (isHistory || !other.isHistory),
      );
      this.#shown.push({ holder, readerId, atMs, isHistory });
      if (company.length === 0) return 'denied-no-accompaniment';
    }
    return again && passback === 'soft' ? 'passback-detected' : 'granted';
  }
}
