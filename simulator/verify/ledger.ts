import { tmpdir } from 'node:os';
import type { Decision, Swipe } from '@swipegate/contract';
import { type AcceptedSwipe, decodeAccepted, encodeAccepted, type Told } from './accepted-swipe.js';
import { BitSet } from './bit-set.js';
import { fingerprint } from './fingerprint.js';
import type { Expectation } from './oracle.js';
import { Spill, type SpillError } from './spill.js';
import { SwipeIds } from './swipe-ids.js';

/** One swipe, from the card being shown to the decision being known. Times are ms of performance.now(). */
export interface LedgerEntry {
  readonly swipe: Swipe;
  readonly expected: Expectation;
  /** When it was due. */
  readonly dueMs: number;
  /** When its bytes first went out; NaN before. */
  sentMs: number;
  /** When a 2xx came; undefined before. */
  acceptedMs: number | undefined;
  /** By the first decision that reached the reader. */
  told: Told | undefined;
}

export interface LedgerOptions {
  /** Where files go when there is more than fits into memory. Default: the system's folder for such. */
  directory?: string;
  /** How long a swipe is kept at hand for its decision, ms. Default 10,000. */
  patienceMs?: number;
  /** Swipes that are put on disk together. Default 4,096. */
  chunkSwipes?: number;
  /** Of how many swipes it is known at once what their readers were told. Default 262,144. */
  recentSwipes?: number;
}

/** Decisions that came when their swipes were on disk already, at most: later ones are held against the table alone. */
const MOST_LATE = 1_000_000;
const MOST_EXAMPLES = 20;

/**
 * What is known of all swipes, in memory that does not grow with them but for three bits each.
 *
 *     sent -> live -> accepted: queue, in the order of acceptance -> spill (disk)
 *                       until the decision has come, or patience is over
 *
 * A card is shown again only when its last swipe was answered: so for one card, the order of acceptance is the order sent.
 */
export class Ledger {
  readonly #ids = new SwipeIds();
  readonly #patienceMs: number;
  readonly #live = new Map<number, LedgerEntry>();
  #queue: LedgerEntry[] = [];
  /** Entries of the queue before this one have gone to disk. */
  #head = 0;
  readonly #spill: Spill;
  readonly #told = new BitSet();
  readonly #doubled = new BitSet();
  readonly #abandoned = new BitSet();
  /** Fingerprints of what readers were told of the latest swipes, at their number modulo the length. */
  readonly #recent: Float64Array;
  readonly #late = new Map<number, Told>();
  /** Some swipes for which two decisions came that are not the same. */
  readonly duplicatedExamples: string[] = [];
  /** On disk, and no decision has come. */
  #stragglers = 0;
  accepted = 0;
  decided = 0;
  /** Accepted, decision not delivered yet. */
  undelivered = 0;

  constructor({
    directory = tmpdir(),
    patienceMs = 10_000,
    chunkSwipes = 4_096,
    recentSwipes = 262_144,
  }: LedgerOptions = {}) {
    this.#patienceMs = patienceMs;
    this.#recent = new Float64Array(recentSwipes);
    this.#spill = new Spill({ directory, chunkLines: chunkSwipes });
  }

  /** Why no more can be recorded: the run is to end, with what is known. */
  get error(): SpillError | undefined {
    return this.#spill.error;
  }

  /** How many swipes have two different decisions. */
  get duplicated(): number {
    return this.#doubled.size;
  }

  /** Swipes in memory. */
  get held(): number {
    return this.#live.size + this.#queue.length - this.#head + this.#spill.held + this.#late.size;
  }

  /** An id by which the swipe is known again. */
  nextSwipeId(): string {
    return this.#ids.next();
  }

  /** @param swipe its swipeId must come from {@link nextSwipeId} */
  sent(swipe: Swipe, expected: Expectation, dueMs: number): LedgerEntry {
    const entry: LedgerEntry = {
      swipe,
      expected,
      dueMs,
      sentMs: Number.NaN,
      acceptedMs: undefined,
      told: undefined,
    };
    const number = this.#ids.numberOf(swipe.swipeId);
    if (number === undefined) throw new RangeError(`swipeId ${swipe.swipeId} is not of this ledger`);
    this.#live.set(number, entry);
    return entry;
  }

  /** A 2xx came: from now on the swipe must not get lost. */
  accept(entry: LedgerEntry, nowMs: number): void {
    if (entry.acceptedMs !== undefined) return;
    entry.acceptedMs = nowMs;
    this.accepted += 1;
    if (entry.told === undefined) this.undelivered += 1;
    this.#queue.push(entry);
    this.#putAway(nowMs);
  }

  /** It was refused for good, or never answered: nothing was promised of it. */
  abandon({ swipe }: LedgerEntry): void {
    const number = this.#ids.numberOf(swipe.swipeId);
    if (number === undefined) return;
    this.#live.delete(number);
    this.#abandoned.add(number);
  }

  /**
   * A decision reached a reader. The same one may come again; another one for the same swipe may not.
   * @returns the entry, when this was its first decision, and it is not on disk yet
   */
  deliver(decision: Decision): LedgerEntry | undefined {
    const number = this.#ids.numberOf(decision.swipeId);
    // Readers are shared with people who swipe by hand, and with other simulators.
    if (number === undefined || this.#abandoned.has(number)) return undefined;
    const mark = fingerprint(decision);
    if (this.#told.has(number)) {
      this.#deliverAgain(number, decision, mark);
      return undefined;
    }
    this.#told.add(number);
    this.#recent[number % this.#recent.length] = mark;
    this.decided += 1;
    const entry = this.#live.get(number);
    if (entry === undefined) {
      this.#stragglers -= 1;
      this.undelivered -= 1;
      this.#keepLate(number, decision, mark);
      return undefined;
    }
    entry.told = { fingerprint: mark, reason: decision.reason };
    if (entry.acceptedMs !== undefined) this.undelivered -= 1;
    return entry;
  }

  /** Accepted before `beforeMs`, and still without a decision. */
  overdue(beforeMs: number): number {
    let count = this.#stragglers;
    for (let i = this.#head; i < this.#queue.length; i++) {
      const entry = this.#queue[i];
      // In order of acceptance, so the first that is not overdue ends it.
      if (entry === undefined || (entry.acceptedMs ?? 0) >= beforeMs) break;
      if (entry.told === undefined) count += 1;
    }
    return count;
  }

  /** Every accepted swipe, in the order of acceptance, some at a time. To be called when no more will come. */
  async *pages(): AsyncGenerator<AcceptedSwipe[]> {
    this.#putAway(Number.POSITIVE_INFINITY);
    for await (const lines of this.#spill.chunks()) yield lines.map((line) => this.#withLate(decodeAccepted(line)));
  }

  /** Deletes its files. */
  close(): Promise<void> {
    return this.#spill.close();
  }

  #deliverAgain(number: number, decision: Decision, mark: number): void {
    const late = this.#late.get(number)?.fingerprint;
    const isRecent = number >= this.#ids.made - this.#recent.length;
    const before = late ?? (isRecent ? this.#recent[number % this.#recent.length] : undefined);
    if (before === mark) return;
    // What was told long ago lies on disk: whether this is the same is seen when it is read.
    if (before === undefined) this.#keepLate(number, decision, mark);
    else this.#double(number, decision.swipeId);
  }

  #double(number: number, swipeId: string): void {
    this.#doubled.add(number);
    if (this.duplicatedExamples.length < MOST_EXAMPLES && !this.duplicatedExamples.includes(swipeId)) {
      this.duplicatedExamples.push(swipeId);
    }
  }

  #keepLate(number: number, { reason }: Decision, mark: number): void {
    if (this.#late.size < MOST_LATE) this.#late.set(number, { fingerprint: mark, reason });
  }

  #withLate(accepted: AcceptedSwipe): AcceptedSwipe {
    const number = this.#ids.numberOf(accepted.swipe.swipeId) ?? -1;
    const late = this.#late.get(number);
    if (late === undefined) return accepted;
    if (accepted.told === undefined) return { ...accepted, told: late };
    if (accepted.told.fingerprint !== late.fingerprint) this.#double(number, accepted.swipe.swipeId);
    return accepted;
  }

  /** Puts on disk what is complete, or has waited too long, from the front of the queue. */
  #putAway(nowMs: number): void {
    while (this.#head < this.#queue.length) {
      const entry = this.#queue[this.#head];
      if (entry === undefined) break;
      const { swipe, expected, acceptedMs = 0, told } = entry;
      if (told === undefined && nowMs - acceptedMs < this.#patienceMs) break;
      if (told === undefined) this.#stragglers += 1;
      this.#spill.add(encodeAccepted({ swipe, expected, told }));
      this.#live.delete(this.#ids.numberOf(swipe.swipeId) ?? -1);
      this.#head += 1;
    }
    // The gap at the front is closed now and then: each entry is moved once, on average.
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
