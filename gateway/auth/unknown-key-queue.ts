/** Concurrent reads of unknown keys: few, so that most connections to the database stay free for known keys. */
const SLOTS = 16;
/** Rest of a slot after a key that does not exist, ms: made-up keys get at most 160 reads/s, real ones far more. */
const REST_MS = 100;
const MAX_WAITING = 1_024;
const MAX_WAIT_MS = 5_000;

/** Too many unknown keys wait for a look-up, or one waited too long. */
export class LookupOverloadError extends Error {
  override readonly name = 'LookupOverloadError';
  readonly code = 'LOOKUP_OVERLOAD';
}

interface Waiting {
  sinceMs: number;
  start(): void;
  refuse(): void;
}

/**
 * Reads keys that the gateway has not seen yet, first come, first served. The queue bounds the cost of made-up keys: reads
 * of the table, and answers, because a client that waits asks less often.
 */
export class UnknownKeyQueue {
  #freeSlots = SLOTS;
  readonly #waiting: Waiting[] = [];

  /** @param read resolves with undefined if there is no such key. Rejects with {@link LookupOverloadError} or as `read` does */
  run<Found>(read: () => Promise<Found | undefined>): Promise<Found | undefined> {
    if (this.#freeSlots > 0) return this.#start(read);
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(overload());
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        sinceMs: performance.now(),
        start: () => void this.#start(read).then(resolve, reject),
        refuse: () => reject(overload()),
      });
    });
  }

  async #start<Found>(read: () => Promise<Found | undefined>): Promise<Found | undefined> {
    this.#freeSlots -= 1;
    let found: Found | undefined;
    try {
      found = await read();
      return found;
    } finally {
      if (found === undefined) setTimeout(() => this.#end(), REST_MS).unref();
      else this.#end();
    }
  }

  #end(): void {
    this.#freeSlots += 1;
    const oldestMs = performance.now() - MAX_WAIT_MS;
    let first = this.#waiting.shift();
    for (; first !== undefined && first.sinceMs < oldestMs; first = this.#waiting.shift()) first.refuse();
    first?.start();
  }
}

function overload(): LookupOverloadError {
  return new LookupOverloadError('Too many unknown API keys wait for a look-up');
}
