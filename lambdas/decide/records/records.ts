import {
  compile,
  DeviceContactRecord,
  DoorEventRecord,
  explain,
  jsonIn,
  RefusedDeviceRecord,
  SwipeMessage,
  type SwipeRecord,
  swipeMessageOf,
  swipePartitionKey,
  swipeRecordOf,
} from '@swipegate/contract';
import type { KinesisStreamRecord } from 'aws-lambda';
import { deaggregateAll } from 'kinesis-producer-lite/deaggregate';
import type { Parkable } from '../../stores/parked-records.js';
import { cardKeyOf } from './keys.js';

/** A swipe and its place in the stream. */
export interface StreamSwipe {
  swipe: SwipeRecord;
  /** tenant/card, computed once because batches are grouped by it several times. */
  cardKey: string;
  /** Sequence number of the swipe's Kinesis record, from which Lambda retries. */
  kinesisSequence: string;
  /** Stream position of the swipe itself: sequence number and sub-sequence number, sortable as text. */
  sequence: string;
  /** Arrival of the Kinesis record in the stream, ms since the epoch. */
  arrivedAtMs: number;
}

interface StreamDoorEvent {
  event: DoorEventRecord;
  kinesisSequence: string;
}

/** A user record, as it was put, that is of no known kind, or a swipe that cannot be decided. */
export interface Unreadable extends Parkable {
  kinesisSequence: string;
}

export interface BatchRecords {
  swipes: StreamSwipe[];
  doorEvents: StreamDoorEvent[];
  /** Contacts of devices; a lost one comes again within minutes. */
  deviceRecords: (DeviceContactRecord | RefusedDeviceRecord)[];
  unreadable: Unreadable[];
}

const SMALLEST_BYTES = 65_536;

/** Decodes base64 into a buffer that the next batch reuses: allocating takes several times as long as decoding. */
export class Base64Memory {
  #memory = Buffer.allocUnsafeSlow(SMALLEST_BYTES);

  /** @returns the bytes of each text, as views that the next call overwrites */
  decode(texts: readonly string[]): Buffer[] {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text, 'base64'), 0);
    if (bytes > this.#memory.length) this.#memory = Buffer.allocUnsafeSlow(2 * bytes);
    let at = 0;
    return texts.map((text) => {
      const begin = at;
      at += this.#memory.write(text, at, 'base64');
      return this.#memory.subarray(begin, at);
    });
  }
}

const memory = new Base64Memory();
const isSwipeMessage = compile(SwipeMessage);
const isDoorEventRecord = compile(DoorEventRecord);
const isDeviceContact = compile(DeviceContactRecord);
const isRefusedDevice = compile(RefusedDeviceRecord);
const NOTHING = new Uint8Array();

/** Returns `stream/shardId`: a batch is of one shard, and one parking table serves several streams. */
export function shardKeyOf(records: readonly KinesisStreamRecord[]): string {
  const [first] = records;
  const streamName = first?.eventSourceARN.split('/').at(-1) ?? '';
  return `${streamName}/${first?.eventID.split(':')[0] ?? ''}`;
}

/** Deaggregates the Kinesis records of a batch into swipes, door events and the like, in stream order. */
export function readRecords(records: readonly KinesisStreamRecord[]): BatchRecords {
  const batch: BatchRecords = { swipes: [], doorEvents: [], deviceRecords: [], unreadable: [] };
  const bytes = memory.decode(records.map(({ kinesis }) => kinesis.data));
  const usersOfEach = deaggregateAll(
    records.map(({ kinesis: { partitionKey } }, i) => ({ data: bytes[i] ?? NOTHING, partitionKey })),
  );
  for (const { kinesis } of records) {
    const kinesisSequence = kinesis.sequenceNumber;
    const arrivedAtMs = kinesis.approximateArrivalTimestamp * 1_000;
    // AWS sequence numbers have 56 digits. Shorter ones are padded so that text order equals stream order.
    const place = `${kinesisSequence.padStart(56, '0')}.`;
    for (const user of usersOfEach.next().value ?? []) {
      const value = jsonIn(user.data);
      const sequence = `${place}${String(user.subSequence).padStart(6, '0')}`;
      if (isSwipeMessage(value)) {
        const swipe = swipeRecordOf(value);
        batch.swipes.push({ swipe, cardKey: cardKeyOf(swipe), kinesisSequence, sequence, arrivedAtMs });
      } else if (isDoorEventRecord(value)) {
        batch.doorEvents.push({ event: value, kinesisSequence });
      } else if (isDeviceContact(value) || isRefusedDevice(value)) {
        batch.deviceRecords.push(value);
      } else {
        const { partitionKey } = user;
        // Copied, because it outlives the batch's memory.
        const data = Buffer.from(user.data);
        batch.unreadable.push({ kinesisSequence, sequence, partitionKey, data, reason: whyUnreadable(value) });
      }
    }
  }
  return batch;
}

/** Swipes of a batch by `cardKey`. Swipes are in stream order, cards in the order of their first swipe. */
export type ByCard = ReadonlyMap<string, readonly StreamSwipe[]>;

export function byCard(swipes: readonly StreamSwipe[]): ByCard {
  const cards = new Map<string, StreamSwipe[]>();
  for (const swipe of swipes) {
    const ofCard = cards.get(swipe.cardKey);
    if (ofCard === undefined) cards.set(swipe.cardKey, [swipe]);
    else ofCard.push(swipe);
  }
  return cards;
}

/** Converts a swipe back to the record that the gateway put, for parking. */
export function undecidable({ swipe, kinesisSequence, sequence }: StreamSwipe, reason: string): Unreadable {
  return {
    kinesisSequence,
    sequence,
    partitionKey: swipePartitionKey(swipe.tenantId, swipe.cardId),
    data: Buffer.from(JSON.stringify(swipeMessageOf(swipe))),
    reason,
  };
}

function whyUnreadable(value: unknown): string {
  if (value === undefined) return 'is not JSON';
  isSwipeMessage(value);
  const { field, reason } = explain(isSwipeMessage.errors);
  return `${field} ${reason}`.trim();
}
