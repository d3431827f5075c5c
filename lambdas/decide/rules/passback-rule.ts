import { type AccessEvent, type AntiPassback, instantMs, type Place, type Zone } from '@swipegate/contract';
import { latestOccurrence } from './local-time.js';

export interface PassbackFacts {
  /** Where the card's holder is; undefined is outdoors. */
  inside: Place | undefined;
  /** RFC 3339: an operator has forgiven every entry up to then. */
  forgivenAt: string | undefined;
  /** Of the building, IANA. */
  timeZone: string | undefined;
  /** The instant the rules go by, ms since the epoch. */
  atMs: number;
  /** Of a swipe that is history nobody knows where its holder was before a later entry: that one does not count. */
  isHistory: boolean;
}

/**
 * Anti-passback: who is in a zone must have left it before entering again, unless the entry is forgiven.
 * @returns undefined when there is nothing to say; `passback-detected` grants, and the rules after this one are still asked
 */
export function passback({ zoneId, antiPassback }: Zone, facts: PassbackFacts): AccessEvent | undefined {
  const { inside, atMs } = facts;
  if (inside?.zoneId !== zoneId || antiPassback.mode === 'none') return undefined;
  const sinceMs = instantMs(inside.since);
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

type Forgiving = Exclude<AntiPassback, { mode: 'none' }>;

function isForgiven(sinceMs: number, { forgiveAt }: Forgiving, { forgivenAt, timeZone, atMs }: PassbackFacts): boolean {
  if (forgivenAt !== undefined && sinceMs <= instantMs(forgivenAt)) return true;
  if (forgiveAt === undefined || timeZone === undefined) return false;
  const forgivenMs = latestOccurrence(forgiveAt, atMs, timeZone);
  return forgivenMs !== undefined && sinceMs < forgivenMs;
}
