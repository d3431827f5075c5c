import { AggregateEncoder, type KeySlot, newKeySlot } from 'kinesis-producer-lite';

export interface KeyedRecord {
  partitionKey: string;
  data: string;
}

/** What the producer's option maxRecordBytes is by default. */
export const AGGREGATE_BYTES = 51_200;

/**
 * Encodes as the producer does: straight into a slab that is used again, with a slot remembered for each key, until the
 * next record would not fit. `onAggregate` gets each finished Kinesis record, the digest included: a view, good until it returns.
 */
export class SlabEncoder {
  readonly #slab = new SharedArrayBuffer(AGGREGATE_BYTES);
  readonly #slots = new Map<string, KeySlot>();

  encode(
    records: readonly KeyedRecord[],
    onAggregate: (aggregate: Buffer, firstKey: string, count: number) => void,
  ): void {
    let encoder = new AggregateEncoder(this.#slab);
    for (const { partitionKey, data } of records) {
      const slot = this.#slotOf(partitionKey);
      if (encoder.append(slot, data)) continue;
      onAggregate(encoder.seal(), encoder.firstKey, encoder.records);
      encoder = new AggregateEncoder(this.#slab);
      encoder.append(slot, data);
    }
    if (encoder.records > 0) onAggregate(encoder.seal(), encoder.firstKey, encoder.records);
  }

  #slotOf(partitionKey: string): KeySlot {
    const known = this.#slots.get(partitionKey);
    if (known !== undefined) return known;
    const slot = newKeySlot(partitionKey);
    this.#slots.set(partitionKey, slot);
    return slot;
  }
}
