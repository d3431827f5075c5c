import type { Decision } from '@swipegate/contract';
import type { Visit } from '../people/population.js';
import type { Posting, PostingEvents } from '../readers/channel/posting.js';
import type { VirtualReader } from '../readers/virtual-reader.js';
import { RunRecorder } from '../report/result/run-recorder.js';
import { Ledger } from '../verify/ledger.js';
import type { Oracle } from '../verify/oracle.js';

interface SwipeTrackerOptions {
  oracle: Oracle;
  /** How long a reader retries one swipe, ms. */
  patienceMs: number;
  onAccepted(posting: Posting): void;
}

/** Follows each swipe from the card being shown to its decision: predicts the decision, and records what happens. */
export class SwipeTracker implements PostingEvents {
  readonly ledger = new Ledger();
  readonly recorder = new RunRecorder(() => this.inFlight);
  readonly #options: SwipeTrackerOptions;
  readonly #unanswered = new Set<Posting>();
  #allAnswered = (): void => undefined;

  constructor(options: SwipeTrackerOptions) {
    this.#options = options;
  }

  /** Swipes without an answer, plus accepted swipes without a decision. */
  get inFlight(): number {
    return this.#unanswered.size + this.ledger.undelivered;
  }

  /** A person shows a card to a reader. @param dueMs scheduled time, ms of performance.now() */
  visit(visit: Visit, reader: VirtualReader, dueMs: number): void {
    const { oracle, patienceMs } = this.#options;
    const offline = reader.isOffline;
    const swipe = reader.swipeOf(visit, this.ledger.nextSwipeId());
    const posting: Posting = {
      entry: this.ledger.sent(swipe, oracle.expect(swipe, Date.now()), dueMs),
      visit,
      body: JSON.stringify(swipe),
      retries: 0,
      patienceMs,
      timed: !offline,
      waits: !offline && reader.waits,
      again:
        visit.again === true && !offline
          ? (hasPassed) => this.#showAgain({ ...visit, again: false, hasPassed }, reader)
          : undefined,
    };
    this.#unanswered.add(posting);
    reader.post(posting);
  }

  sent({ entry }: Posting): void {
    this.recorder.sent(entry);
  }

  failed(_posting: Posting, problem: string): void {
    this.recorder.retried(problem);
  }

  accepted(posting: Posting, decision: Decision | undefined): void {
    const { entry, visit, waits, timed } = posting;
    const nowMs = performance.now();
    this.ledger.accept(entry, nowMs);
    this.#options.oracle.received(entry.swipe.cardId, Date.now());
    this.recorder.accepted(entry, nowMs, timed && !waits);
    if (decision !== undefined) this.deliver(decision, timed);
    this.#options.onAccepted(posting);
    const passes = entry.expected.outcome === 'granted' || entry.swipe.offlineOutcome === 'granted';
    const hasPassed = passes || visit.hasPassed === true;
    if (posting.again !== undefined) posting.again(hasPassed);
    else visit.crowd.release(visit.person, hasPassed ? visit.to : visit.person.place);
    this.#answered(posting);
  }

  #showAgain(visit: Visit, reader: VirtualReader): void {
    const nowMs = performance.now();
    this.recorder.due(nowMs);
    this.visit(visit, reader, nowMs);
  }

  refused(posting: Posting, problem: string, reason: string): void {
    this.#giveUp(posting, 'refused', problem, reason);
  }

  unanswered(posting: Posting, problem: string, reason: string): void {
    this.#giveUp(posting, 'unanswered', problem, reason);
  }

  /** A decision reached its reader. @param timed whether its latency counts */
  deliver(decision: Decision, timed: boolean): void {
    const entry = this.ledger.deliver(decision);
    if (entry === undefined) return;
    const isTimed = timed && entry.swipe.offlineOutcome === undefined;
    this.recorder.decided(entry, decision, performance.now(), isTimed);
  }

  /** Resolves when every swipe has its answer. */
  allAnswered(): Promise<void> {
    if (this.#unanswered.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#allAnswered = resolve;
    });
  }

  /** Retires the person: the oracle has already moved them, and an unanswered swipe may or may not have been decided. */
  #giveUp(posting: Posting, kind: 'refused' | 'unanswered', problem: string, reason: string): void {
    const { entry, visit } = posting;
    this.ledger.abandon(entry);
    this.recorder.gaveUp(entry, performance.now(), kind, problem, reason);
    this.#answered(posting);
    visit.crowd.lose(visit.person);
  }

  #answered(posting: Posting): void {
    this.#unanswered.delete(posting);
    if (this.#unanswered.size === 0) this.#allAnswered();
  }
}
