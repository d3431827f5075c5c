import { DIGEST_BYTES, MAGIC_BYTES } from '../format/kpl-format.js';
import { md5OfAll } from '../format/md5/md5.js';
import { FreeBuffers, sizeFor } from '../lanes/slab-pool.js';
import type { CallRecord } from './transport.js';

/**
 * The JSON body of a PutRecords call (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html).
 * Reads each record's bytes once, directly from the producer's memory, which may be reused after the return. The SDK's
 * generic serializer encodes base64 in JavaScript, at twenty times the cost.
 */
export function putRecordsBody(streamName: string, records: readonly CallRecord[], memory = new BodyMemory()): Buffer {
  const heads = records.map((record, i) => headOf(record, i === 0 ? openingOf(streamName) : '"},'));
  let size = END.length;
  for (const head of heads) size += Buffer.byteLength(head);
  for (const record of records) size += base64Bytes(record);
  const body = memory.take(size);
  const digests = digestsOf(records);
  let at = 0;
  for (const [i, record] of records.entries()) {
    at += body.write(heads[i] ?? '', at);
    at = writeData(body, at, record, digests[i]);
  }
  body.write(END, at, 'latin1');
  return body;
}

const END = '"}]}';

function openingOf(streamName: string): string {
  return `{"StreamName":${JSON.stringify(streamName)},"Records":[`;
}

/** Start of a record up to its data, which comes last. Begins with `before`, which closes the previous record. */
function headOf({ partitionKey, explicitHashKey }: CallRecord, before: string): string {
  const hashKey = explicitHashKey === undefined ? '' : `"ExplicitHashKey":"${explicitHashKey}",`;
  return `${before}{"PartitionKey":${JSON.stringify(partitionKey)},${hashKey}"Data":"`;
}

function base64Bytes({ start, end, aggregated }: CallRecord): number {
  return Math.ceil((end - start + (aggregated ? DIGEST_BYTES : 0)) / 3) * 4;
}

/** The digest that ends each record's data; undefined for a plain record. */
function digestsOf(records: readonly CallRecord[]): (Uint8Array | undefined)[] {
  const messages = records
    .filter(({ aggregated }) => aggregated)
    .map((record) => bytesOf(record).subarray(MAGIC_BYTES));
  const digests = md5OfAll(messages).values();
  return records.map(({ aggregated }) => (aggregated ? digests.next().value : undefined));
}

function bytesOf({ memory, start, end }: CallRecord): Buffer {
  return Buffer.from(memory, start, end - start);
}

/** @returns offset of the end of the data */
function writeData(body: Buffer, at: number, record: CallRecord, digest: Uint8Array | undefined): number {
  const bytes = bytesOf(record);
  if (digest === undefined) return at + body.write(bytes.toString('base64'), at, 'latin1');
  // The digest must follow bytes that this thread may not write to. Base64 can be split after every third byte.
  const cut = bytes.length - (bytes.length % 3);
  const rest = Buffer.concat([bytes.subarray(cut), digest]);
  const end = at + body.write(bytes.toString('base64', 0, cut), at, 'latin1');
  return end + body.write(rest.toString('base64'), end, 'latin1');
}

const SMALLEST = 16_384;
/** Room for a few full-size calls. After an outage there may be more idle buffers than will be needed again. */
const MOST_IDLE = 16 * 1024 * 1024;

/** Reuses request bodies after successful calls: megabytes per call would keep the garbage collector busy. */
export class BodyMemory {
  readonly #free = new FreeBuffers<ArrayBuffer>(MOST_IDLE);

  /** @returns exactly `bytes` bytes of uninitialized memory */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes, SMALLEST);
    return Buffer.from(this.#free.take(size) ?? new ArrayBuffer(size), 0, bytes);
  }

  /** Takes back a buffer from {@link take}. Nothing may use it any more: a socket of a failed call may still be sending it. */
  giveBack({ buffer }: Buffer): void {
    if (buffer instanceof ArrayBuffer) this.#free.keep(buffer);
  }
}
