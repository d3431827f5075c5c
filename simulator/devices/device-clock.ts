/** How a device's clock is wrong. */
export interface ClockFault {
  /** How far it is ahead, ms; negative: behind. */
  aheadMs: number;
  /** It stands still at times: for `forMs` at the end of each `everyMs`. Undefined: never. */
  stops?: { everyMs: number; forMs: number };
}

const SECOND_MS = 1_000;

/** The clock of a device: whole seconds on the wall, without a zone. */
export class DeviceClock {
  readonly #fault: ClockFault;
  readonly #offsetMs: number;

  /** @param offsetMs how far the registered time zone is ahead of UTC, ms; it has no summer time */
  constructor(fault: ClockFault, offsetMs: number) {
    this.#fault = fault;
    this.#offsetMs = offsetMs;
  }

  /** The instant that it shows, if its zone is the registered one, ms since the epoch. */
  shownMs(nowMs: number): number {
    const { aheadMs, stops } = this.#fault;
    const intoMs = stops === undefined ? 0 : nowMs % stops.everyMs;
    const stoodMs = stops === undefined ? 0 : Math.max(0, intoMs - (stops.everyMs - stops.forMs));
    return Math.floor((nowMs - stoodMs + aheadMs) / SECOND_MS) * SECOND_MS;
  }

  /** The wall clock at an instant that it showed, ms since the epoch if it showed UTC. */
  wallMs(shownMs: number): number {
    return shownMs + this.#offsetMs;
  }
}

/** Returns a wall clock as devices write it: 2026-02-21 08:15:30. @param wallMs of {@link DeviceClock.wallMs} */
export function wallText(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ');
}
