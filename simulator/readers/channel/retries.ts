import type { Agenda } from '../../schedule/agenda.js';
import type { Posting, PostingEvents } from './posting.js';
import type { SwipeAnswer } from './swipe-answer.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export interface RetryOptions {
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

  /** @param again posts the swipe again */
  settle(posting: Posting, answer: SwipeAnswer, again: (posting: Posting) => void): void {
    const { agenda, events, random } = this.#options;
    switch (answer.kind) {
      case 'accepted':
        events.accepted(posting, undefined);
        return;
      case 'decided':
        events.accepted(posting, answer.decision);
        return;
      case 'refused':
        events.refused(posting, answer.problem, answer.reason);
        return;
      case 'again':
        break;
    }
    const nowMs = performance.now();
    const jitterMs = random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** posting.retries);
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
