import type { KinesisStreamRecord } from 'aws-lambda';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import {
  compile,
  DoorEventRecord,
  explain,
  SwipeMessage,
  type SwipeRecord,
  swipeRecordOf,
} from '../../gateway/contract/index.js';

/** A swipe and its place in the stream. */
export interface StreamSwipe {
  swipe: SwipeRecord;
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

/** A user record that is neither swipe nor door event. */
export interface Unreadable {
  kinesisSequence: string;
  reason: string;
}

export interface BatchRecords {
  swipes: StreamSwipe[];
  doorEvents: StreamDoorEvent[];
  unreadable: Unreadable[];
}

const isSwipeMessage = compile(SwipeMessage);
const isDoorEventRecord = compile(DoorEventRecord);

/** Takes the Kinesis records of a batch apart into what was put, in stream order. */
export function readRecords(records: readonly KinesisStreamRecord[]): BatchRecords {
  const batch: BatchRecords = { swipes: [], doorEvents: [], unreadable: [] };
  for (const { kinesis } of records) {
    const kinesisSequence = kinesis.sequenceNumber;
    for (const { data, subSequence } of deaggregate(Buffer.from(kinesis.data, 'base64'), kinesis.partitionKey)) {
      const value = parse(data);
      if (isSwipeMessage(value)) {
        batch.swipes.push({
          swipe: swipeRecordOf(value),
          kinesisSequence,
          sequence: place(kinesisSequence, subSequence),
          arrivedAtMs: kinesis.approximateArrivalTimestamp * 1_000,
        });
      } else if (isDoorEventRecord(value)) {
        batch.doorEvents.push({ event: value, kinesisSequence });
      } else {
        batch.unreadable.push({ kinesisSequence, reason: whyUnreadable(value) });
      }
    }
  }
  return batch;
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    return undefined;
  }
}

function whyUnreadable(value: unknown): string {
  if (value === undefined) return 'is not JSON';
  isSwipeMessage(value);
  const { field, reason } = explain(isSwipeMessage.errors);
  return `${field} ${reason}`.trim();
}

/** Sequence numbers of AWS have 56 digits; padded, their order as text is their order in the stream. */
function place(sequenceNumber: string, subSequence: number): string {
  return `${sequenceNumber.padStart(56, '0')}.${String(subSequence).padStart(6, '0')}`;
}
