import { inspect } from 'node:util';

/** A record as the producer's caller put it. Its keys are getters: a copy by spread or structured clone is without them. */
export class UserRecord {
  /** A view of the Kinesis record's bytes, not a copy. */
  readonly data: Uint8Array;
  /** Its place in the Kinesis record, from 0: with the sequence number it tells any two user records apart. */
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

  /** So that `console.log` shows the keys too. */
  [inspect.custom](): object {
    const { partitionKey, explicitHashKey, data, subSequence } = this;
    return { partitionKey, explicitHashKey, data, subSequence };
  }
}

/**
 * The keys of the user records of one Kinesis record, by number. Most who read records do not look at them, so they are made into
 * strings when they are asked for.
 */
export interface UserKeys {
  partitionKey(index: number): string;
  explicitHashKey(index: number): string | undefined;
}
