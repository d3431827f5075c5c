import { contains, hashKeyOf } from './shard-map.js';

/** Position of a record stored by Kinesis. */
export interface StreamReceipt {
  durable: 'stream';
  shardId: string;
  sequenceNumber: string;
}

/** The spool forwards the record to the stream later. */
export interface SpoolReceipt {
  durable: 'spool';
}

/**
 * The user records are in several Kinesis records. A reshard has split theirs, or the stream changed to AUTO while they
 * waited. {@link receiptOf} tells which. After such a change there is a part for each record, and several may have the same
 * hash key.
 */
export interface SplitReceipt {
  durable: 'parts';
  parts: readonly ReceiptPart[];
}

/** Receipt of the user records in a range of hash keys, inclusive, as decimal numbers. */
export interface ReceiptPart {
  startingHashKey: string;
  endingHashKey: string;
  receipt: StreamReceipt | SpoolReceipt;
}

/** Place where a record is durable. Shared by all records that were put into one Kinesis record. */
export type PutReceipt = StreamReceipt | SpoolReceipt | SplitReceipt;

/**
 * Receipt of one user record.
 * @param explicitHashKey as passed to `put`, if any
 */
export function receiptOf(
  receipt: PutReceipt,
  partitionKey: string,
  explicitHashKey?: string,
): StreamReceipt | SpoolReceipt {
  if (receipt.durable !== 'parts') return receipt;
  const hashKey = explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
  const part = receipt.parts.find(({ startingHashKey, endingHashKey }) =>
    contains({ start: BigInt(startingHashKey), end: BigInt(endingHashKey) }, hashKey),
  );
  if (part === undefined) throw new RangeError(`The receipt is not of a record with hash key ${hashKey}.`);
  return part.receipt;
}
