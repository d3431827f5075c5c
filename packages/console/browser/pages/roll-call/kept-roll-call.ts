import type { RollCallTick, RollCallView } from '@swipegate/contract';
import { countedTicks } from '@swipegate/contract/back-office/roll-call-state';

/** A tick on its way to the API. */
export type WaitingTick = Omit<RollCallTick, 'by' | 'receivedAt'>;

interface Kept {
  view: RollCallView | undefined;
  waiting: WaitingTick[];
}

const PREFIX = 'swipegate-roll-call ';
/** A request that ends after the sign-out must not store names again. */
let isSignedOut = false;

/** Removes the people of all roll calls from the browser's storage, at sign-out. Ticks that wait have no names, and stay. */
export function forgetRollCalls(): void {
  isSignedOut = true;
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))) write(key, read(key));
}

/**
 * A telephone's copy of a roll call, and its ticks that the API lacks. Both stay in the browser's storage, so a reload
 * loses neither. Belongs to one user: nobody sends the ticks of another.
 */
export class KeptRollCall {
  readonly #key: string;
  #view: RollCallView | undefined;
  #waiting: WaitingTick[];

  constructor(userId: string, rollCallId: string) {
    this.#key = `${PREFIX}${userId} ${rollCallId}`;
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
    write(this.#key, { view: this.#view, waiting: this.#waiting });
  }
}

function write(key: string, { view, waiting }: Kept): void {
  try {
    if ((isSignedOut || view?.rollCall.endedAt !== undefined) && waiting.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ view: isSignedOut ? undefined : view, waiting } satisfies Kept));
  } catch {
    // The storage is full or off. The page works until it is closed.
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
