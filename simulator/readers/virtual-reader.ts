import type { Reader, Swipe } from '@swipegate/contract';
import { STRANGER_PREFIX, type Visit } from '../people/population.js';
import type { Channel, Posting } from './channel/posting.js';
import { Turnstile } from './turnstile.js';

interface VirtualReaderOptions {
  reader: Reader;
  channel: Channel;
  /** Channel for swipes that it stored while offline. */
  replayChannel: Channel;
  /** Whether its answers are held for the decision. */
  waits: boolean;
  /** How far its clock is ahead, ms. */
  skewMs: number;
  /** Time between two people at its turnstile, ms; 0 is unlimited. */
  paceMs: number;
}

/** One card reader, with its turnstile and its clock. */
export class VirtualReader extends Turnstile {
  readonly skewMs: number;
  readonly waits: boolean;
  readonly #options: VirtualReaderOptions;
  readonly #stored: Posting[] = [];
  #offline = false;

  constructor(options: VirtualReaderOptions) {
    super(options.reader, options.paceMs);
    this.skewMs = options.skewMs;
    this.waits = options.waits;
    this.#options = options;
  }

  /** Whether it is offline: it then decides alone and stores its swipes. */
  get isOffline(): boolean {
    return this.#offline;
  }

  goOffline(): void {
    this.#offline = true;
  }

  /** Goes back online and posts the stored swipes, oldest first, before any newer ones. */
  comeBack(): void {
    this.#offline = false;
    for (const posting of this.#stored.splice(0)) this.#options.replayChannel.post(posting);
  }

  /** Builds the swipe of a card that is shown to it, timed by its clock. */
  swipeOf({ person, direction, duress }: Visit, swipeId: string): Swipe {
    // Offline, it knows which cards were issued but not their rights.
    const opensAlone = direction === 'out' || !person.cardId.startsWith(STRANGER_PREFIX);
    return {
      swipeId,
      readerId: this.reader.readerId,
      cardId: person.cardId,
      readAt: new Date(Date.now() + this.skewMs).toISOString(),
      ...(this.reader.direction === 'both' ? { direction } : {}),
      ...(duress ? { duress: true } : {}),
      ...(this.#offline ? { offlineOutcome: opensAlone ? 'granted' : 'denied' } : {}),
    };
  }

  post(posting: Posting): void {
    if (this.#offline) this.#stored.push(posting);
    else this.#options.channel.post(posting);
  }
}
