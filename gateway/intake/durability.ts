/** Outcome of a record; undefined while pending. */
export type Fate = 'durable' | 'late' | { error: unknown } | undefined;

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
 * Resolves when each promise has settled or timed out: true if all are durable. {@link fateOf} then tells them apart.
 * Many requests share few promises, so each promise has one timer, started by its first request.
 * @param promises may contain duplicates
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
  const end = (fate: Fate) => {
    clearTimeout(timer);
    settle(settling, fate);
  };
  promise.then(
    () => end('durable'),
    (error: unknown) => end({ error }),
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
