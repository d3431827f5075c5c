import type { Visit } from '../people/population.js';
import type { LedgerEntry } from '../verify/ledger.js';
import type { Cause, Heard, Reading } from './protocol.js';

/**
 * A person who stands before a device. `asks`: the gateway decides. `logs first`: the device has given up already, so its
 * record comes before its question. Otherwise the device decides alone.
 */
export type Course = 'asks' | 'logs first' | Extract<Cause, 'alone-granted' | 'alone-denied'>;

/** One card or user at one door: one swipe, however often the device tells it. */
export interface Shown {
  readonly entry: LedgerEntry;
  readonly visit: Visit;
  readonly reading: Reading;
  readonly course: Course;
  /** The device cannot say when it happened, so the gateway's clock counts. */
  readonly isTimedByGateway: boolean;
  /** It can be told at once, so its latency counts. */
  readonly isTimed: boolean;
  /** First time that it was sent, ms since the epoch; undefined: not yet. */
  sentAtMs: number | undefined;
  /** When the gateway took it, ms since the epoch; undefined: not yet. */
  takenAtMs: number | undefined;
  /** First answer about the door, if there was a question. `nothing`: no answer came. */
  heard: Heard | 'nothing' | undefined;
  /** The same question got another answer later. */
  isHeardOtherwise: boolean;
}

/** Progress of a {@link Shown}. */
export interface ShownEvents {
  /** It is written to the socket for the first time. */
  sent(shown: Shown, nowMs: number): void;
  /** A request failed, and is sent again later. */
  failed(problem: string): void;
  /** The device heard the OK for its record: it must not be lost from now on. */
  taken(shown: Shown): void;
  /** The gateway has decided. The door does as it says. */
  answered(shown: Shown, heard: Exclude<Heard, 'undecided'>): void;
  /** No decision came, and the door stays shut. @param isCut whether the device lost the network meanwhile */
  undecided(shown: Shown, { heard, isCut }: { heard: 'undecided' | 'nothing'; isCut: boolean }): void;
}
