import { type AccessEvent, type Decision, instantMs, type Visit } from '@swipegate/contract';
import { ruledInstant } from './clock.js';
import { isGrant } from './repeats.js';

/** A visitor's swipe on the way in. */
export interface VisitorAtDoor {
  readerId: string;
  /** Instant that the rules used, ms since the epoch. */
  atMs: number;
  isHistory: boolean;
}

/** Returns why a visitor enters nowhere at `atMs`, or undefined. The window begins with `from` and ends before `until`. */
export function visitDenial({ from, until }: Visit, atMs: number): AccessEvent | undefined {
  // A time that cannot be read is NaN. It must not open the door.
  if (!(atMs >= instantMs(from))) return 'denied-credential-not-yet-active';
  return atMs < instantMs(until) ? undefined : 'denied-credential-expired';
}

/**
 * Returns why a visitor may not enter alone, or undefined. The host enters first, at the same reader.
 * @param entries decisions on the host's cards. Undefined: unknown, which denies
 */
export function escortDenial(
  { escortSeconds }: Visit,
  entries: readonly Decision[] | undefined,
  visitor: VisitorAtDoor,
): AccessEvent | undefined {
  if (escortSeconds === undefined) return undefined;
  const isEscorted = entries?.some((entry) => {
    const afterMs = visitor.atMs - instantMs(ruledInstant(entry, entry.timeBasis));
    const isSoon = afterMs >= 0 && afterMs <= escortSeconds * 1_000;
    return entry.readerId === visitor.readerId && isSoon && hasEntered(entry, visitor.isHistory);
  });
  return isEscorted === true ? undefined : 'denied-no-accompaniment';
}

/** A door that opened for the host while it was offline opens for no live visitor: the host may be gone. */
function hasEntered({ direction, outcome, reason, offlineOutcome }: Decision, isHistory: boolean): boolean {
  if (direction !== 'in') return false;
  return (outcome === 'granted' && isGrant(reason)) || (isHistory && offlineOutcome === 'granted');
}
