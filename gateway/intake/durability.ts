/** What became of a record; undefined while nobody knows. */
export type Fate = 'durable' | 'late' | { error: unknown } | undefined;

/** A sink's promise, as those see it who wait for it. */
interface Settling {
  fate: Fate;
  waits: Wait[];
}

/** A request that waits for some promises. */
interface Wait {
  pending: number;
  failed: boolean;
  end: () => void;
}

const settlings = new WeakMap<Promise<unknown>, Settling>();

/**
 * Waits until each promise has settled, or has been waited for too long. Many requests wait for the same few promises, and each
 * for many: so it takes one reaction and one timer a promise, and a count a request. The time runs from the first
 * request that waits for a promise: those that one Kinesis record gathers are milliseconds apart.
 *
 * @param promises may name one more than once
 * @returns whether all are durable; if not, {@link fateOf} tells which
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
      // Nobody can have come behind this request yet, so it is the last of those that it is among.
      else if (waits[waits.length - 1] !== wait) {
        waits.push(wait);
        wait.pending += 1;
      }
    }
    if (wait.pending === 0) wait.end();
  });
}

/** What became of a promise that {@link allDurable} has waited for. */
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
