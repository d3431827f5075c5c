import { fullJitter } from '@swipegate/aws/backoff';
import type { Decision } from '@swipegate/contract';
import type { Visit } from '../../people/population.js';
import type { Agenda } from '../../schedule/agenda.js';
import type { LedgerEntry } from '../../verify/ledger.js';
import type { SwipeAnswer } from './swipe-answer.js';

export interface Posting {
  readonly entry: LedgerEntry;
  readonly visit: Visit;
  /** Swipe as JSON. Every retry sends the same. */
  readonly body: string;
  retries: number;
  /** How long to retry, from the first post, ms. */
  readonly patienceMs: number;
  /** Whether its latencies count: not if the reader was offline. */
  readonly timed: boolean;
  /** Whether the answer is held for the decision. */
  readonly waits: boolean;
  /** Shows the card again. Absent if the person shows it once. @param hasPassed whether the door has let them pass */
  readonly again?: ((hasPassed: boolean) => void) | undefined;
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

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

interface RetryOptions {
  agenda: Agenda;
  events: PostingEvents;
  /** [0, 1) */
  random(): number;
}

/** Reports the outcome of a posting or retries it: exponential backoff, full jitter, and at least the gateway's Retry-After. */
export class Retries {
  readonly #options: RetryOptions;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Reports the first post of a swipe. @param nowMs when it was written to the socket, ms of performance.now() */
  sent(posting: Posting, nowMs: number): void {
    if (posting.retries > 0) return;
    posting.entry.sentMs = nowMs;
    this.#options.events.sent(posting);
  }

  /** @param again posts the swipe again */
  settle(posting: Posting, answer: SwipeAnswer, again: (posting: Posting) => void): void {
    const { agenda, events, random } = this.#options;
    if (answer.kind === 'accepted') events.accepted(posting, undefined);
    if (answer.kind === 'decided') events.accepted(posting, answer.decision);
    if (answer.kind === 'refused') events.refused(posting, answer.problem, answer.reason);
    if (answer.kind !== 'again') return;
    const nowMs = performance.now();
    const jitterMs = fullJitter(posting.retries, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, random);
    const pauseMs = Math.max(answer.waitMs, jitterMs);
    if (nowMs + pauseMs >= posting.entry.sentMs + posting.patienceMs) {
      events.unanswered(posting, answer.problem, answer.reason);
      return;
    }
    posting.retries += 1;
    events.failed(posting, answer.problem);
    agenda.at(nowMs + pauseMs, () => again(posting));
  }
}
