/** What a wall clock and a calendar in a building show. */
export interface WallTime {
  /** ISO weekday, 1 = Monday. */
  weekday: number;
  /** `HH:MM` */
  time: string;
  /** `YYYY-MM-DD` */
  date: string;
}

const MINUTE_MS = 60_000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/**
 * A building's clock by Node's own Intl: not by the library that the decision function uses, so that an error in one of
 * them shows.
 */
export class LocalClock {
  readonly #format: Intl.DateTimeFormat;
  #minute = Number.NaN;
  #shown: WallTime = { weekday: 0, time: '', date: '' };

  /** @throws {RangeError} when there is no such IANA time zone */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  }

  at(ms: number): WallTime {
    const minute = Math.floor(ms / MINUTE_MS);
    if (minute === this.#minute) return this.#shown;
    const parts = new Map(this.#format.formatToParts(minute * MINUTE_MS).map(({ type, value }) => [type, value]));
    this.#minute = minute;
    this.#shown = {
      weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? '') + 1,
      time: `${parts.get('hour')}:${parts.get('minute')}`,
      date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    };
    return this.#shown;
  }
}
