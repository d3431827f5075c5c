import { ProducerError } from './errors.js';
import { MAX_HASH_KEY } from './shard-map.js';

const MAX_KEY_CHARACTERS = 256;

/** Half of a surrogate pair, as in a text cut inside an emoji: UTF-8 cannot encode it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @throws {ProducerError} INVALID_KEY if Kinesis would refuse the partition key */
export function checkPartitionKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') throw invalid(`The partition key is of type ${kindOf(key)}, not a string.`);
  if (key.length < 1 || key.length > MAX_KEY_CHARACTERS) {
    throw invalid(`The partition key has ${key.length} characters.`);
  }
  const at = key.search(LONE_SURROGATE);
  if (at >= 0) throw invalid(`The partition key has half of a surrogate pair at index ${at}.`);
}

/** @throws {ProducerError} INVALID_KEY if Kinesis would refuse the explicit hash key */
export function checkHashKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') throw invalid(`The explicit hash key is of type ${kindOf(key)}, not a string.`);
  // No sign and no leading zero.
  if (!/^(?:0|[1-9]\d{0,38})$/.test(key) || BigInt(key) > MAX_HASH_KEY) {
    throw invalid(`The explicit hash key is ${JSON.stringify(key)}.`);
  }
}

/** Class of a value for error messages, e.g. `Number` or `undefined`. */
export function kindOf(value: unknown): string {
  return value?.constructor?.name ?? String(value);
}

function invalid(detail: string): ProducerError {
  return new ProducerError('INVALID_KEY', detail);
}
