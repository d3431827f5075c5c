import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Decision, Swipe } from '@swipegate/contract';
import { type AcceptedSwipe, type Delivered, decodeAccepted } from './accepted-swipe.js';
import { BitSet } from './bit-set.js';
import { fingerprint } from './fingerprint.js';
import type { Expectation } from './oracle.js';
import { Spill, type SpillError } from './spill.js';
import { SwipeIds } from './swipe-ids.js';

/** One swipe, from when its card is shown until its decision. Times are ms of performance.now(). */
export interface LedgerEntry {
  readonly swipe: Swipe;
  readonly expected: Expectation;
  /** When it was due. */
  readonly dueMs: number;
  /** When it was first sent; NaN before. */
  sentMs: number;
  /** When a 2xx arrived; undefined before. */
  acceptedMs: number | undefined;
  /** First decision that reached the reader. */
  delivered: Delivered | undefined;
}

interface LedgerOptions {
  /** Folder for swipes that do not fit into memory. Default: os.tmpdir(). */
  directory?: string;
  /** How long a swipe stays in memory for its decision, ms. Default 10,000. */
  patienceMs?: number;
  /** Swipes written to disk together. Default 4,096. */
  chunkSwipes?: number;
  /** Number of recent swipes whose delivered decisions stay in memory. Default 262,144. */
  recentSwipes?: number;
}

/** Maximum number of late decisions kept in memory. Beyond it, only the decision in the table is checked. */
const MOST_LATE = 1_000_000;
const MOST_EXAMPLES = 20;

/**
 * The record of all swipes. Its memory grows by only three bits per swipe. Swipes of a card are accepted in sending order.
 *
 *     sent -> live -> accepted: queue, in the order of acceptance -> spill (disk)
 *                       until the decision arrives or patience ends
 */
export class Ledger {
  readonly #ids = new SwipeIds();
  readonly #patienceMs: number;
  readonly #live = new Map<number, LedgerEntry>();
  #queue: LedgerEntry[] = [];
  /** Index of the first queue entry that is not on disk yet. */
  #head = 0;
  readonly #spill: Spill;
  readonly #delivered = new BitSet();
  readonly #doubled = new BitSet();
  readonly #abandoned = new BitSet();
  /** Fingerprints of decisions delivered for the latest swipes, at the swipe's number modulo the length. */
  readonly #recent: Float64Array;
  readonly #late = new Map<number, Delivered>();
  /** Some swipeIds with two different decisions. */
  readonly duplicatedExamples: string[] = [];
  /** Swipes on disk that still have no decision. */
  #stragglers = 0;
  accepted = 0;
  decided = 0;
  /** Accepted swipes whose decision is not delivered yet. */
  undelivered = 0;

  constructor({ directory = tmpdir(), patienceMs = 10_000, chunkSwipes, recentSwipes }: LedgerOptions = {}) {
    this.#patienceMs = patienceMs;
    this.#recent = new Float64Array(recentSwipes ?? 262_144);
    this.#spill = new Spill({ directory, chunkLines: chunkSwipes ?? 4_096 });
  }

  /** Why recording failed. The run must stop and report what it has. */
  get error(): SpillError | undefined {
    return this.#spill.error;
  }

  get duplicated(): number {
    return this.#doubled.size;
  }

  /** Swipes in memory. */
  get held(): number {
    return this.#live.size + this.#queue.length - this.#head + this.#spill.held + this.#late.size;
  }

  /** Returns a new swipeId, which the ledger recognizes later. */
  nextSwipeId(): string {
    return this.#ids.next();
  }

  /** @param swipe its swipeId must come from {@link nextSwipeId} */
  sent(swipe: Swipe, expected: Expectation, dueMs: number): LedgerEntry {
    const times = { dueMs, sentMs: Number.NaN, acceptedMs: undefined };
    const entry: LedgerEntry = { swipe, expected, ...times, delivered: undefined };
    const number = this.#ids.numberOf(swipe.swipeId);
    if (number === undefined)
      throw new RangeError(`swipeId ${swipe.swipeId} is not from this ledger: use nextSwipeId()`);
    this.#live.set(number, entry);
    return entry;
  }

  /** Records a 2xx: from now on the swipe must not be lost. */
  accept(entry: LedgerEntry, nowMs: number): void {
    if (entry.acceptedMs !== undefined) return;
    entry.acceptedMs = nowMs;
    this.accepted += 1;
    if (entry.delivered === undefined) this.undelivered += 1;
    this.#queue.push(entry);
    this.#putAway(nowMs);
  }

  /** Drops a swipe that was refused or never answered: the gateway made no promise for it. */
  abandon({ swipe }: LedgerEntry): void {
    const number = this.#ids.numberOf(swipe.swipeId);
    if (number === undefined) return;
    this.#live.delete(number);
    this.#abandoned.add(number);
  }

  /** Records a delivered decision; a second, different one is a duplicate. @returns the entry if in memory and new */
  deliver(decision: Decision): LedgerEntry | undefined {
    const number = this.#ids.numberOf(decision.swipeId);
    // Manual swipes and other simulators may use the same readers.
    if (number === undefined || this.#abandoned.has(number)) return undefined;
    const mark = fingerprint(decision);
    if (this.#delivered.has(number)) {
      this.#deliverAgain(number, decision, mark);
      return undefined;
    }
    this.#delivered.add(number);
    this.#recent[number % this.#recent.length] = mark;
    this.decided += 1;
    const entry = this.#live.get(number);
    if (entry === undefined) {
      this.#stragglers -= 1;
      this.undelivered -= 1;
      this.#keepLate(number, decision, mark);
      return undefined;
    }
    entry.delivered = { fingerprint: mark, reason: decision.reason };
    if (entry.acceptedMs !== undefined) this.undelivered -= 1;
    return entry;
  }

  /** Number of swipes accepted before `beforeMs` and still without a decision. */
  overdue(beforeMs: number): number {
    let count = this.#stragglers;
    for (let i = this.#head; i < this.#queue.length; i++) {
      const entry = this.#queue[i];
      // The queue is in order of acceptance: stop at the first that is not overdue.
      if (entry === undefined || (entry.acceptedMs ?? 0) >= beforeMs) break;
      if (entry.delivered === undefined) count += 1;
    }
    return count;
  }

  /** Yields all accepted swipes in order of acceptance, in pages. Call it after the last swipe. */
  async *pages(): AsyncGenerator<AcceptedSwipe[]> {
    this.#putAway(Number.POSITIVE_INFINITY);
    for await (const lines of this.#spill.chunks()) yield lines.map((line) => this.#withLate(decodeAccepted(line)));
  }

  /** Appends all accepted swipes to a file as NDJSON, for `replay`. Appends whole pages, so that workers can share the file. */
  async appendTo(file: string): Promise<void> {
    for await (const page of this.pages()) {
      await appendFile(file, page.map(({ swipe }) => `${JSON.stringify(swipe)}\n`).join(''));
    }
  }

  close(): Promise<void> {
    return this.#spill.close();
  }

  #deliverAgain(number: number, decision: Decision, mark: number): void {
    const late = this.#late.get(number)?.fingerprint;
    const isRecent = number >= this.#ids.made - this.#recent.length;
    const before = late ?? (isRecent ? this.#recent[number % this.#recent.length] : undefined);
    if (before === mark) return;
    // The earlier decision is on disk only: compare when it is read back.
    if (before === undefined) this.#keepLate(number, decision, mark);
    else this.#double(number, decision.swipeId);
  }

  #double(number: number, swipeId: string): void {
    this.#doubled.add(number);
    const examples = this.duplicatedExamples;
    if (examples.length < MOST_EXAMPLES && !examples.includes(swipeId)) examples.push(swipeId);
  }

  #keepLate(number: number, { reason }: Decision, mark: number): void {
    if (this.#late.size < MOST_LATE) this.#late.set(number, { fingerprint: mark, reason });
  }

  #withLate(accepted: AcceptedSwipe): AcceptedSwipe {
    const number = this.#ids.numberOf(accepted.swipe.swipeId) ?? -1;
    const late = this.#late.get(number);
    if (late === undefined) return accepted;
    if (accepted.delivered === undefined) return { ...accepted, delivered: late };
    if (accepted.delivered.fingerprint !== late.fingerprint) this.#double(number, accepted.swipe.swipeId);
    return accepted;
  }

  /** Spills entries from the front of the queue that have their decision or have waited too long. */
  #putAway(nowMs: number): void {
    while (this.#head < this.#queue.length) {
      const entry = this.#queue[this.#head];
      if (entry === undefined) break;
      const { swipe, expected, acceptedMs = 0, delivered } = entry;
      if (delivered === undefined && nowMs - acceptedMs < this.#patienceMs) break;
      if (delivered === undefined) this.#stragglers += 1;
      this.#spill.add(JSON.stringify({ swipe, expected, delivered }));
      this.#live.delete(this.#ids.numberOf(swipe.swipeId) ?? -1);
      this.#head += 1;
    }
    // Compact only when half is free: each entry is then moved once, on average.
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
