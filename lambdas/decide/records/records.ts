import {
  compile,
  DoorEventRecord,
  explain,
  jsonIn,
  SwipeMessage,
  type SwipeRecord,
  swipeMessageOf,
  swipePartitionKey,
  swipeRecordOf,
} from '@swipegate/contract';
import type { KinesisStreamRecord } from 'aws-lambda';
import { deaggregateAll } from 'kinesis-producer-lite/deaggregate';
import type { Parkable } from '../../stores/parking/parked-record.js';
import { cardKeyOf } from '../stores/store.js';
import { Base64Memory } from './base64-memory.js';

/** A swipe and its place in the stream. */
export interface StreamSwipe {
  swipe: SwipeRecord;
  /** tenant/card: what a batch is put in order by, over and over. */
  cardKey: string;
  /** Sequence number of the Kinesis record it came in: what Lambda retries from. */
  kinesisSequence: string;
  /** Place of the swipe itself: sequence number and sub-sequence number, ordered as strings are. */
  sequence: string;
  /** When the stream took the Kinesis record, ms since the epoch. */
  arrivedAtMs: number;
}

export interface StreamDoorEvent {
  event: DoorEventRecord;
  kinesisSequence: string;
}

/** A user record that is neither swipe nor door event, or a swipe that cannot be decided; as it was put. */
export interface Unreadable extends Parkable {
  kinesisSequence: string;
}

export interface BatchRecords {
  swipes: StreamSwipe[];
  doorEvents: StreamDoorEvent[];
  unreadable: Unreadable[];
}

const memory = new Base64Memory();
const isSwipeMessage = compile(SwipeMessage);
const isDoorEventRecord = compile(DoorEventRecord);
const NOTHING = new Uint8Array();

/** The shard that a batch is of: Lambda never mixes them. The stream's name is in the key, for one table serves several. */
export function shardKeyOf(records: readonly KinesisStreamRecord[]): string {
  const [first] = records;
  const streamName = first?.eventSourceARN.split('/').at(-1) ?? '';
  return `${streamName}/${first?.eventID.split(':')[0] ?? ''}`;
}

/** Takes the Kinesis records of a batch apart into what was put, in stream order. */
export function readRecords(records: readonly KinesisStreamRecord[]): BatchRecords {
  const batch: BatchRecords = { swipes: [], doorEvents: [], unreadable: [] };
  const bytes = memory.decode(records.map(({ kinesis }) => kinesis.data));
  const usersOfEach = deaggregateAll(
    records.map(({ kinesis: { partitionKey } }, i) => ({ data: bytes[i] ?? NOTHING, partitionKey })),
  );
  for (const { kinesis } of records) {
    const kinesisSequence = kinesis.sequenceNumber;
    const arrivedAtMs = kinesis.approximateArrivalTimestamp * 1_000;
    const place = placeOf(kinesisSequence);
    for (const user of usersOfEach.next().value ?? []) {
      const value = jsonIn(user.data);
      const sequence = `${place}${String(user.subSequence).padStart(6, '0')}`;
      if (isSwipeMessage(value)) {
        const swipe = swipeRecordOf(value);
        batch.swipes.push({ swipe, cardKey: cardKeyOf(swipe), kinesisSequence, sequence, arrivedAtMs });
      } else if (isDoorEventRecord(value)) {
        batch.doorEvents.push({ event: value, kinesisSequence });
      } else {
        const { partitionKey } = user;
        // It outlives the batch's memory.
        const data = Buffer.from(user.data);
        batch.unreadable.push({ kinesisSequence, sequence, partitionKey, data, reason: whyUnreadable(value) });
      }
    }
  }
  return batch;
}

/** A swipe as the gateway put it, for {@link BatchRecords} unreadable. */
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

/** Sequence numbers of AWS have 56 digits; padded, their order as text is their order in the stream. */
function placeOf(sequenceNumber: string): string {
  return `${sequenceNumber.padStart(56, '0')}.`;
}
