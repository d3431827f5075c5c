import type { Decision } from '@swipegate/contract';
import type { Visit } from '../../people/who-comes.js';
import type { LedgerEntry } from '../../verify/ledger.js';

/** A swipe on its way to the gateway. */
export interface Posting {
  readonly entry: LedgerEntry;
  readonly visit: Visit;
  /** Swipe as JSON. Every retry sends the same. */
  readonly body: string;
  /** Posts after the first. */
  retries: number;
  /** How long to retry, from the first post, ms. */
  readonly patienceMs: number;
  /** Whether its latencies count: not if the reader was offline. */
  readonly timed: boolean;
  /** Whether the answer is held for the decision. */
  readonly waits: boolean;
}

/** Progress of postings. Each ends with exactly one call of `accepted`, `refused` or `unanswered`. */
export interface PostingEvents {
  /** The first post was written to the socket. */
  sent(posting: Posting): void;
  /** A post failed and will be retried. @param problem problem code or network error code */
  failed(posting: Posting, problem: string): void;
  /** A 2xx arrived, with the decision if the gateway held the answer for it. */
  accepted(posting: Posting, decision: Decision | undefined): void;
  /** A permanent error arrived: retrying cannot help. */
  refused(posting: Posting, problem: string, reason: string): void;
  /** The time for retries ran out. */
  unanswered(posting: Posting, problem: string, reason: string): void;
}

/** Posts swipes and retries each until it is settled. */
export interface Channel {
  post(posting: Posting): void;
}
