import { AggregateEncoder, type KeySlot, newKeySlot, sealAll } from 'kinesis-producer-lite';

export interface KeyedRecord {
  partitionKey: string;
  data: string;
}

/**
 * Records of `bytes` bytes and `cards` partition keys. The JSON round trip makes flat strings, like those of a request,
 * instead of V8 ropes.
 */
export function flatRecords(count: number, cards: number, bytes: number): readonly KeyedRecord[] {
  const records = Array.from({ length: count }, (_, i) => ({
    partitionKey: `demo/card-${String((i * 7_919) % cards).padStart(5, '0')}`,
    data: `{"n":${i},"filler":"`.padEnd(bytes - 2, 'x').concat('"}'),
  }));
  return JSON.parse(JSON.stringify(records));
}

/** Default of the producer's option maxRecordBytes. */
export const AGGREGATE_BYTES = 51_200;

/** Number of aggregates finished together: one for each shard in a call to a medium-sized stream. */
export const SLABS = 16;

/**
 * Encodes like the producer: straight into reused slabs, with a remembered slot per key. A slab is full when the next
 * record does not fit, and several slabs are finished together. `onAggregate` gets each finished Kinesis record in
 * order, including the digest, as a view that is valid until it returns.
 */
export class SlabEncoder {
  readonly #slabs = Array.from({ length: SLABS }, () => new SharedArrayBuffer(AGGREGATE_BYTES));
  readonly #slots = new Map<string, KeySlot>();

  encode(
    records: readonly KeyedRecord[],
    onAggregate: (aggregate: Buffer, firstKey: string, count: number) => void,
  ): void {
    const finish = () => {
      for (const [i, sealed] of sealAll(encoders).entries()) {
        const { firstKey = '', records: count = 0 } = encoders[i] ?? {};
        onAggregate(sealed, firstKey, count);
      }
      encoders = [];
    };
    let encoders: AggregateEncoder[] = [];
    let encoder: AggregateEncoder | undefined;
    for (const { partitionKey, data } of records) {
      const slot = this.#slotOf(partitionKey);
      if (encoder?.append(slot, data) === true) continue;
      if (encoders.length === SLABS) finish();
      encoder = new AggregateEncoder(this.#slabs[encoders.length] ?? new SharedArrayBuffer(AGGREGATE_BYTES));
      encoder.append(slot, data);
      encoders.push(encoder);
    }
    finish();
  }

  #slotOf(partitionKey: string): KeySlot {
    const known = this.#slots.get(partitionKey);
    if (known !== undefined) return known;
    const slot = newKeySlot(partitionKey);
    this.#slots.set(partitionKey, slot);
    return slot;
  }
}
