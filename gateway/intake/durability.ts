/** Outcome of a record; undefined while pending. */
export type Fate = 'durable' | 'late' | { error: unknown } | undefined;

/** A sink's promise: its fate and the requests that wait for it. */
interface Settling {
  fate: Fate;
  waits: Wait[];
}

/** A request that waits for one or more promises. */
interface Wait {
  pending: number;
  failed: boolean;
  end: () => void;
}

const settlings = new WeakMap<Promise<unknown>, Settling>();

/**
 * Waits until each promise has settled or timed out. Many requests share few promises, so the cost is one reaction
 * and one timer per promise and one counter per request. The timeout runs from the first request that waits for a
 * promise; requests that share a Kinesis record arrive milliseconds apart.
 *
 * @param promises may contain duplicates
 * @param timeoutMs time after which a pending promise counts as late, ms
 * @returns whether all are durable; if not, {@link fateOf} returns the fate of each
 */
export function allDurable(promises: readonly Promise<unknown>[], timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const wait: Wait = { pending: 0, failed: false, end: () => resolve(!wait.failed) };
    let last: Promise<unknown> | undefined;
    for (const promise of promises) {
      if (promise === last) continue;
      last = promise;
      const { fate, waits } = settlings.get(promise) ?? watch(promise, timeoutMs);
      if (fate !== undefined) wait.failed ||= fate !== 'durable';
      // This function is synchronous, so if this request already waits for the promise, it is the last entry.
      else if (waits[waits.length - 1] !== wait) {
        waits.push(wait);
        wait.pending += 1;
      }
    }
    if (wait.pending === 0) wait.end();
  });
}

/** Returns the fate of a promise that {@link allDurable} has waited for. */
export function fateOf(promise: Promise<unknown> | undefined): Fate {
  return promise && settlings.get(promise)?.fate;
}

function watch(promise: Promise<unknown>, timeoutMs: number): Settling {
  const settling: Settling = { fate: undefined, waits: [] };
  settlings.set(promise, settling);
  const timer = setTimeout(() => settle(settling, 'late'), timeoutMs);
  promise.then(
    () => {
      clearTimeout(timer);
      settle(settling, 'durable');
    },
    (error: unknown) => {
      clearTimeout(timer);
      settle(settling, { error });
    },
  );
  return settling;
}

function settle(settling: Settling, fate: Fate): void {
  if (settling.fate !== undefined) return;
  settling.fate = fate;
  for (const wait of settling.waits) {
    wait.pending -= 1;
    wait.failed ||= fate !== 'durable';
    if (wait.pending === 0) wait.end();
  }
  settling.waits = [];
}
