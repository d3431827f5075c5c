import type { RollCallTick, RollCallView } from '@swipegate/contract';
import { countedTicks } from '@swipegate/contract/back-office/roll-call-state';

/** A tick on its way to the API. */
export type WaitingTick = Omit<RollCallTick, 'by' | 'receivedAt'>;

interface Kept {
  view: RollCallView | undefined;
  waiting: WaitingTick[];
}

/**
 * What a telephone knows of a roll call, and its ticks that the API has not got. Both stay in the browser's storage, so a
 * reload loses neither. Belongs to one user: nobody sends the ticks of another.
 */
export class KeptRollCall {
  readonly #key: string;
  #view: RollCallView | undefined;
  #waiting: WaitingTick[];

  constructor(userId: string, rollCallId: string) {
    this.#key = `swipegate-roll-call ${userId} ${rollCallId}`;
    const { view, waiting } = read(this.#key);
    this.#view = view;
    this.#waiting = waiting;
  }

  get view(): RollCallView | undefined {
    return this.#view;
  }

  get waiting(): readonly WaitingTick[] {
    return this.#waiting;
  }

  tick(tick: WaitingTick): void {
    this.#waiting.push(tick);
    this.#write();
  }

  /** The API has these ticks. */
  sent(ticks: readonly WaitingTick[]): void {
    const ids = new Set(ticks.map(({ tickId }) => tickId));
    this.#waiting = this.#waiting.filter(({ tickId }) => !ids.has(tickId));
    this.#write();
  }

  /** Takes an answer of the API: all of the roll call, or what has changed. */
  take(answer: RollCallView): RollCallView {
    const ticks = Array.from(countedTicks([...(this.#view?.ticks ?? []), ...answer.ticks]).values());
    this.#view = { ...this.#view, ...answer, ticks };
    this.#write();
    return this.#view;
  }

  #write(): void {
    try {
      if (this.#view?.rollCall.endedAt !== undefined && this.#waiting.length === 0) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, JSON.stringify({ view: this.#view, waiting: this.#waiting } satisfies Kept));
    } catch {
      // The storage is full or off. The page works until it is closed.
    }
  }
}

function read(key: string): Kept {
  try {
    const text = localStorage.getItem(key);
    if (text !== null) return JSON.parse(text);
  } catch {
    // As if nothing was kept.
  }
  return { view: undefined, waiting: [] };
}
