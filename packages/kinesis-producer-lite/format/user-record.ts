import { inspect } from 'node:util';

/** A record as passed to `put`. Its keys are getters, so copies by spread or structured clone lack them. */
export class UserRecord {
  /** A view of the Kinesis record's bytes, not a copy. */
  readonly data: Uint8Array;
  /** Index in the Kinesis record, from 0. Unique together with the sequence number. */
  readonly subSequence: number;
  readonly #keys: UserKeys;
  readonly #key: number;
  readonly #hashKey: number;

  constructor(data: Uint8Array, subSequence: number, keys: UserKeys, key: number, hashKey: number) {
    this.data = data;
    this.subSequence = subSequence;
    this.#keys = keys;
    this.#key = key;
    this.#hashKey = hashKey;
  }

  get partitionKey(): string {
    return this.#keys.partitionKey(this.#key);
  }

  get explicitHashKey(): string | undefined {
    return this.#keys.explicitHashKey(this.#hashKey);
  }

  /** Makes `console.log` show the keys. */
  [inspect.custom](): object {
    const { partitionKey, explicitHashKey, data, subSequence } = this;
    return { partitionKey, explicitHashKey, data, subSequence };
  }
}

/**
 * Keys of the user records of one Kinesis record, by index. Decoded on access, since most consumers do not read them.
 */
export interface UserKeys {
  partitionKey(index: number): string;
  explicitHashKey(index: number): string | undefined;
}
