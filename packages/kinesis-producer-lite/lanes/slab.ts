import { AggregateEncoder } from '../format/aggregate.js';
import type { Acknowledgement } from './acknowledgement.js';
import type { BacklogPart } from './backlog-part.js';

/** One aggregated Kinesis record: open, waiting or in flight. */
export class Slab extends AggregateEncoder {
  /** When its oldest user record was put, in ms of the monotonic clock. */
  readonly openedAt: number;
  readonly acknowledgement: Acknowledgement;
  /** Its copy on disk, if any. */
  part: BacklogPart | undefined;
  /** The stream stored it while it was still being written to disk. */
  storedWhileSpooling = false;

  constructor(buffer: ArrayBufferLike, openedAt: number, acknowledgement: Acknowledgement) {
    super(buffer);
    this.openedAt = openedAt;
    this.acknowledgement = acknowledgement;
  }
}
