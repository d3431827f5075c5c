import { type AccessEvent, type AntiPassback, instantMs, type Place, type Zone } from '@swipegate/contract';
import { latestOccurrence } from '../../wall-clock/local-time.js';

interface PassbackFacts {
  /** Position of the card's holder; undefined means outdoors. */
  inside: Place | undefined;
  /** RFC 3339. An operator has forgiven every entry up to this instant. */
  forgivenAt: string | undefined;
  /** RFC 3339. The holder's place is unknown since then: they may be inside any zone. */
  lostAt: string | undefined;
  /** IANA time zone of the building. */
  timeZone: string | undefined;
  /** Instant that the rules use, ms since the epoch. */
  atMs: number;
  /** For history, an entry later than the swipe does not count: where the holder was before it is unknown. */
  isHistory: boolean;
}

/**
 * Anti-passback: a cardholder inside a zone must leave it before entering again, unless the entry is forgiven.
 * @returns undefined if the rule does not apply; `passback-detected` grants, but later rules may still deny
 */
export function passback({ zoneId, antiPassback }: Zone, facts: PassbackFacts): AccessEvent | undefined {
  const { inside, lostAt, atMs } = facts;
  const since = inside?.zoneId === zoneId ? inside.since : lostAt;
  if (since === undefined || antiPassback.mode === 'none') return undefined;
  const sinceMs = instantMs(since);
  if ((facts.isHistory && sinceMs > atMs) || isForgiven(sinceMs, antiPassback, facts)) return undefined;
  switch (antiPassback.mode) {
    case 'soft':
      return 'passback-detected';
    case 'hard':
      return 'denied-passback';
    case 'timed':
      return atMs - sinceMs < antiPassback.minutes * 60_000 ? 'denied-passback' : undefined;
  }
}

/** Returns the part of an earlier answer that anti-passback gave. */
export function passbackIn(reason: AccessEvent): AccessEvent | undefined {
  return reason === 'denied-passback' || reason === 'passback-detected' ? reason : undefined;
}

type Forgiving = Exclude<AntiPassback, { mode: 'none' }>;

function isForgiven(sinceMs: number, { forgiveAt }: Forgiving, { forgivenAt, timeZone, atMs }: PassbackFacts): boolean {
  if (forgivenAt !== undefined && sinceMs <= instantMs(forgivenAt)) return true;
  if (forgiveAt === undefined || timeZone === undefined) return false;
  const forgivenMs = latestOccurrence(forgiveAt, atMs, timeZone);
  return forgivenMs !== undefined && sinceMs < forgivenMs;
}
