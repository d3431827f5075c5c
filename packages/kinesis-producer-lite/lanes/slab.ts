import { AggregateEncoder } from '../format/aggregate.js';
import type { Acknowledgement } from './acknowledgement.js';
import type { BacklogPart } from './backlog-part.js';

/** One aggregated Kinesis record in the making, waiting, or in flight. */
export class Slab extends AggregateEncoder {
  /** When its oldest user record came, on the monotonic clock, in ms. */
  readonly openedAt: number;
  readonly acknowledgement: Acknowledgement;
  /** What it is on disk, if it is there. */
  part: BacklogPart | undefined;
  /** The stream took it while the disk was still at it. */
  storedWhileSpooling = false;

  constructor(buffer: ArrayBufferLike, openedAt: number, acknowledgement: Acknowledgement) {
    super(buffer);
    this.openedAt = openedAt;
    this.acknowledgement = acknowledgement;
  }
}
