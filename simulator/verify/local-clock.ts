export interface WallTime {
  /** ISO weekday, 1 = Monday. */
  weekday: number;
  /** `HH:MM` */
  time: string;
  /** `YYYY-MM-DD` */
  date: string;
  /** The calendar's day before. */
  before: { weekday: number; date: string };
}

const MINUTE_MS = 60_000;
/** Any clock passes any time of day within two days, even on days with an extra hour or without midnight. */
const ALWAYS_WITHIN_MS = 48 * 60 * MINUTE_MS;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Local clock of a building. Uses Node's Intl, not the decision function's library, so an error in either one shows. */
export class LocalClock {
  readonly #format: Intl.DateTimeFormat;
  #minute = Number.NaN;
  #shown: WallTime = { weekday: 0, time: '', date: '', before: { weekday: 0, date: '' } };

  /** @throws {RangeError} when the IANA time zone does not exist */
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

  /** Whether the clock showed or skipped `time` (`HH:MM`; 24:00 is the midnight ending a day) in (afterMs, untilMs]. */
  cameTo(time: string, afterMs: number, untilMs: number): boolean {
    if (untilMs - afterMs >= ALWAYS_WITHIN_MS) return true;
    const wanted = time === '24:00' ? '00:00' : time;
    let before = this.at(afterMs);
    for (let ms = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS; ms <= untilMs; ms += MINUTE_MS) {
      const now = this.at(ms);
      if (now.time >= wanted && (before.date !== now.date || before.time < wanted)) return true;
      before = now;
    }
    return false;
  }

  at(ms: number): WallTime {
    const minute = Math.floor(ms / MINUTE_MS);
    if (minute === this.#minute) return this.#shown;
    const parts = new Map(this.#format.formatToParts(minute * MINUTE_MS).map(({ type, value }) => [type, value]));
    const [year, month, day] = [parts.get('year'), parts.get('month'), parts.get('day')];
    const index = WEEKDAYS.indexOf(parts.get('weekday') ?? '');
    const eve = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) - 1));
    this.#minute = minute;
    this.#shown = {
      weekday: index + 1,
      time: `${parts.get('hour')}:${parts.get('minute')}`,
      date: `${year}-${month}-${day}`,
      before: { weekday: ((index + 6) % 7) + 1, date: eve.toISOString().slice(0, 10) },
    };
    return this.#shown;
  }
}
