import type { ApiKey } from '@swipegate/contract';

/** DynamoDB's limit of keys per BatchGetItem call. */
const KEYS_PER_CALL = 100;
const MAX_WAIT_MS = 5_000;

/** Too many keys wait for a look-up, or one waited too long. */
export class LookupOverloadError extends Error {
  override readonly name = 'LookupOverloadError';
  readonly code = 'LOOKUP_OVERLOAD';
  readonly isListed: boolean;

  /** @param isListed whether the key is listed or in use, so it is probably good */
  constructor(isListed: boolean) {
    super(isListed ? 'The API key waited too long for its look-up' : 'Too many unknown API keys wait for a look-up');
    this.isListed = isListed;
  }
}

export interface KeyLaneOptions {
  /** Reads the rows of distinct keys and leaves out unknown ones. */
  read(keyHashes: readonly string[]): Promise<ApiKey[]>;
  /** Concurrent calls of `read`. */
  calls: number;
  /** Rest of a call's place after keys that do not exist, ms. */
  restMs: number;
  maxWaiting: number;
  /** Whether the keys are listed or in use. */
  isListed: boolean;
}

interface Waiting {
  keyHash: string;
  sinceMs: number;
  settle(found: ApiKey | undefined): void;
  refuse(error: unknown): void;
}

/** Looks up keys, first come, first served. Those that wait are read together, so the lane gets faster as it fills. */
export class KeyLane {
  readonly #options: KeyLaneOptions;
  #freeCalls: number;
  readonly #waiting: Waiting[] = [];

  constructor(options: KeyLaneOptions) {
    this.#options = options;
    this.#freeCalls = options.calls;
  }

  /**
   * Resolves with undefined if there is no such key. Rejects with {@link LookupOverloadError} or as `read` does.
   * @param keyHash not under look-up yet
   */
  find(keyHash: string): Promise<ApiKey | undefined> {
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(this.#overload());
    return new Promise((settle, refuse) => {
      this.#waiting.push({ keyHash, sinceMs: performance.now(), settle, refuse });
      this.#next();
    });
  }

  #next(): void {
    while (this.#freeCalls > 0 && this.#waiting.length > 0) void this.#call();
  }

  /** Never rejects. */
  async #call(): Promise<void> {
    const oldestMs = performance.now() - MAX_WAIT_MS;
    const late = this.#waiting.findIndex(({ sinceMs }) => sinceMs >= oldestMs);
    for (const { refuse } of this.#waiting.splice(0, late < 0 ? this.#waiting.length : late)) refuse(this.#overload());
    const batch = this.#waiting.splice(0, KEYS_PER_CALL);
    if (batch.length === 0) return;
    this.#freeCalls -= 1;
    let unknown = batch.length;
    try {
      const rows = await this.#options.read(batch.map(({ keyHash }) => keyHash));
      unknown -= rows.length;
      const found = new Map(rows.map((row) => [row.keyHash, row]));
      for (const { keyHash, settle } of batch) settle(found.get(keyHash));
    } catch (error) {
      for (const { refuse } of batch) refuse(error);
    }
    if (unknown > 0 && this.#options.restMs > 0) setTimeout(() => this.#end(), this.#options.restMs).unref();
    else this.#end();
  }

  #end(): void {
    this.#freeCalls += 1;
    this.#next();
  }

  #overload(): LookupOverloadError {
    return new LookupOverloadError(this.#options.isListed);
  }
}
