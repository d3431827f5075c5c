import type { Reader } from '@swipegate/contract';
import type { Channel, Posting } from './channel/posting.js';

export interface VirtualReaderOptions {
  reader: Reader;
  /** How its swipes reach the gateway. */
  channel: Channel;
  /** How what it has kept while it was offline reaches the gateway. */
  replayChannel: Channel;
  /** Whether its answers are held for the decision. */
  waits: boolean;
  /** How far its clock is ahead, ms. */
  skewMs: number;
  /** From one person to the next at its turnstile, ms; 0 is no turnstile. */
  paceMs: number;
}

/** One card reader, with its turnstile and its clock. */
export class VirtualReader {
  readonly reader: Reader;
  readonly skewMs: number;
  readonly waits: boolean;
  readonly #options: VirtualReaderOptions;
  readonly #kept: Posting[] = [];
  #freeMs = 0;
  #offline = false;

  constructor(options: VirtualReaderOptions) {
    this.reader = options.reader;
    this.skewMs = options.skewMs;
    this.waits = options.waits;
    this.#options = options;
  }

  /** When its turnstile lets the next person come, ms of performance.now(). */
  get freeMs(): number {
    return this.#freeMs;
  }

  /** Somebody joins the queue. @returns when it is their turn, ms */
  queue(nowMs: number): number {
    const turnMs = Math.max(nowMs, this.#freeMs);
    this.#freeMs = turnMs + this.#options.paceMs;
    return turnMs;
  }

  /** While it is offline it decides by itself, and keeps what happened. */
  get isOffline(): boolean {
    return this.#offline;
  }

  goOffline(): void {
    this.#offline = true;
  }

  /** Posts what was kept, in its order, before anything newer. */
  comeBack(): void {
    this.#offline = false;
    for (const posting of this.#kept.splice(0)) this.#options.replayChannel.post(posting);
  }

  post(posting: Posting): void {
    if (this.#offline) this.#kept.push(posting);
    else this.#options.channel.post(posting);
  }
}
