import type { Decision } from '@swipegate/contract';
import type { Visit } from '../../people/who-comes.js';
import type { LedgerEntry } from '../../verify/ledger.js';

/** A swipe on its way to the gateway. */
export interface Posting {
  readonly entry: LedgerEntry;
  readonly visit: Visit;
  /** The swipe as JSON: every repetition sends the same. */
  readonly body: string;
  /** Posts beyond the first. */
  retries: number;
  /** How long it is tried, from the first post on, ms. */
  readonly patienceMs: number;
  /** Whether its latencies count: somebody was waiting for it. */
  readonly timed: boolean;
  /** Whether the answer is held for the decision. */
  readonly waits: boolean;
}

/** What becomes of postings. Each ends with one call of `accepted`, `refused` or `unanswered`. */
export interface PostingEvents {
  /** Its bytes went out, for the first time. */
  sent(posting: Posting): void;
  /** A post failed, and the swipe will be posted again. @param problem a problem code, or what the network said */
  failed(posting: Posting, problem: string): void;
  /** A 2xx came; with the decision, where it was waited for. */
  accepted(posting: Posting, decision: Decision | undefined): void;
  /** An answer that no repetition mends. */
  refused(posting: Posting, problem: string, reason: string): void;
  /** Tried until its time was up. */
  unanswered(posting: Posting, problem: string, reason: string): void;
}

/** Posts swipes, each until it has its answer. */
export interface Channel {
  post(posting: Posting): void;
}
