import type { Decision } from '@swipegate/contract';
import type { LedgerEntry } from '../../verify/ledger.js';
import { CoarseLatency, Latency } from './latency.js';
import {
  type AttackResult,
  byOutcome,
  noCounts,
  type RunResult,
  type Second,
  type TwoLatencies,
} from './run-result.js';

type Figures = Pick<
  RunResult,
  'counts' | 'problems' | 'ack' | 'decision' | 'seconds' | 'perReader' | 'outcomes' | 'attacks' | 'examples'
>;

const MOST_EXAMPLES = 20;

interface ReaderFigures {
  swipes: number;
  denied: number;
  errors: number;
  acks: CoarseLatency;
}

/** A latency measured twice: from the time the swipe was due, and from the time it was sent. */
class TwoWays {
  readonly fromDue = new Latency();
  readonly fromSend = new Latency();

  record(entry: LedgerEntry, nowMs: number): void {
    this.fromDue.record(nowMs - entry.dueMs);
    this.fromSend.record(nowMs - entry.sentMs);
  }

  result(): TwoLatencies {
    return { fromDue: this.fromDue.result(), fromSend: this.fromSend.result() };
  }
}

/** Counts and times the events of a run. Times are ms of performance.now(). */
export class RunRecorder {
  readonly counts = noCounts();
  readonly outcomes = byOutcome(() => new Map<string, number>());
  readonly ack = new TwoWays();
  readonly decision = new TwoWays();
  readonly seconds: Second[] = [];
  readonly #problems = new Map<string, number>();
  readonly #examples: string[] = [];
  readonly #readers = new Map<string, ReaderFigures>();
  readonly #attacks = new Map<string, AttackResult>();
  readonly #ackWindow = new Latency();
  readonly #decisionWindow = new Latency();
  readonly #inFlight: () => number;
  #startMs = Number.POSITIVE_INFINITY;
  #second: Second = emptySecond(0);

  /** @param inFlight returns the number of swipes without an answer or a decision */
  constructor(inFlight: () => number) {
    this.#inFlight = inFlight;
  }

  /** Starts the run at `startMs`, the end of the warm-up; swipes due before that are counted but not timed. */
  begin(startMs: number, nowMs: number): void {
    this.#startMs = startMs;
    this.#second = emptySecond(this.#secondOf(nowMs));
  }

  due(nowMs: number): void {
    this.counts.due += 1;
    this.#at(nowMs).due += 1;
  }

  skipped(): void {
    this.counts.skipped += 1;
  }

  sent({ swipe, sentMs }: LedgerEntry): void {
    this.counts.sent += 1;
    this.#at(sentMs).sent += 1;
    this.#reader(swipe.readerId).swipes += 1;
  }

  retried(problem: string): void {
    this.counts.retries += 1;
    add(this.#problems, problem);
  }

  /** @param timed true to record the latency: an acknowledgement came, for a swipe that a reader sent when due */
  accepted(entry: LedgerEntry, nowMs: number, timed: boolean): void {
    this.counts.accepted += 1;
    this.#at(nowMs).accepted += 1;
    if (!timed || entry.dueMs < this.#startMs) return;
    this.ack.record(entry, nowMs);
    this.#ackWindow.record(nowMs - entry.dueMs);
    this.#reader(entry.swipe.readerId).acks.record(nowMs - entry.dueMs);
  }

  gaveUp({ swipe }: LedgerEntry, nowMs: number, kind: 'refused' | 'unanswered', problem: string, reason: string): void {
    this.counts[kind] += 1;
    this.#at(nowMs).errors += 1;
    this.#reader(swipe.readerId).errors += 1;
    add(this.#problems, problem);
    this.example(`${kind}: swipe ${swipe.swipeId} at ${swipe.readerId}: ${reason}`);
  }

  /** @param decision as the reader heard it */
  decided(
    entry: LedgerEntry,
    decision: Pick<Decision, 'outcome' | 'readerId'> & { reason: string },
    nowMs: number,
    timed: boolean,
  ): void {
    this.counts.decided += 1;
    this.#at(nowMs).decided += 1;
    add(this.outcomes[decision.outcome], decision.reason);
    if (decision.outcome === 'denied') this.#reader(decision.readerId).denied += 1;
    if (!timed || entry.dueMs < this.#startMs) return;
    this.decision.record(entry, nowMs);
    this.#decisionWindow.record(nowMs - entry.dueMs);
  }

  /** Records a problem that is not about a swipe, such as a failed heartbeat. */
  problem(problem: string): void {
    add(this.#problems, problem);
  }

  attack(kind: string, repelled: boolean): void {
    const result = this.#attacks.get(kind) ?? { sent: 0, repelled: 0 };
    this.#attacks.set(kind, result);
    result.sent += 1;
    if (repelled) result.repelled += 1;
  }

  example(text: string): void {
    if (this.#examples.length < MOST_EXAMPLES) this.#examples.push(text);
  }

  /** Closes past seconds. Call it about once a second, so that idle seconds are closed too. */
  roll(nowMs: number): void {
    this.#at(nowMs);
  }

  /** Returns the current second, and first closes it if `nowMs` is later. Earlier moments count for it too. */
  #at(nowMs: number): Second {
    const now = this.#secondOf(nowMs);
    if (now > this.#second.atSecond) this.#close(now);
    return this.#second;
  }

  #close(now: number): void {
    const inFlight = this.#inFlight();
    this.#second.inFlight = inFlight;
    this.#second.ackP50 = this.#ackWindow.percentile(50);
    this.#second.ackP99 = this.#ackWindow.percentile(99);
    this.#second.decisionP50 = this.#decisionWindow.percentile(50);
    this.#second.decisionP99 = this.#decisionWindow.percentile(99);
    this.seconds.push(this.#second);
    this.#ackWindow.reset();
    this.#decisionWindow.reset();
    // A blocked process skips seconds: record them as empty.
    for (let at = this.#second.atSecond + 1; at < now; at++) this.seconds.push({ ...emptySecond(at), inFlight });
    this.#second = emptySecond(now);
  }

  figures(): Figures {
    return {
      counts: { ...this.counts },
      problems: sorted(this.#problems),
      examples: this.#examples,
      outcomes: byOutcome((outcome) => sorted(this.outcomes[outcome])),
      ack: this.ack.result(),
      decision: this.decision.result(),
      seconds: this.seconds,
      perReader: Array.from(this.#readers, ([readerId, { acks, ...counts }]) => {
        return { readerId, ...counts, ackP99: acks.percentile(99) };
      }),
      ...(this.#attacks.size === 0 ? {} : { attacks: Object.fromEntries(this.#attacks) }),
    };
  }

  #secondOf(nowMs: number): number {
    return Math.floor((nowMs - this.#startMs) / 1_000);
  }

  #reader(readerId: string): ReaderFigures {
    const reader = this.#readers.get(readerId) ?? { swipes: 0, denied: 0, errors: 0, acks: new CoarseLatency() };
    this.#readers.set(readerId, reader);
    return reader;
  }
}

function emptySecond(atSecond: number): Second {
  const counts = { due: 0, sent: 0, accepted: 0, decided: 0, errors: 0, inFlight: 0 };
  return { atSecond, ...counts, ackP50: null, ackP99: null, decisionP50: null, decisionP99: null };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(Array.from(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
