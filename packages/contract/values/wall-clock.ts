/** Fields of a clock on the wall: month from 1. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const DAY_MS = 86_400_000;
/** A record with a time this near to now was sent as it happened, ms. */
const LIVE_MS = 1_800_000;
/** A report with a time this near to now is no history, ms. */
const FRESH_MS = 30_000;
const WALL_TIME = /^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:\.\d*)?\s*$/;

/**
 * Reads a time without a zone, such as 2026-02-21 08:15:30.
 * @returns ms since the epoch if the clock on the wall showed UTC; undefined if there is no such time
 */
export function wallTimeIn(text: string): number | undefined {
  const [, year, month, day, hour, minute, second = 0] = WALL_TIME.exec(text) ?? [];
  return wallTimeOf({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  });
}

/** @returns ms since the epoch if the clock on the wall showed UTC; undefined if there is no such time */
export function wallTimeOf({ year, month, day, hour, minute, second }: WallTime): number | undefined {
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  // A day that a month does not have moves the month.
  const exists = year >= 1970 && date.getUTCMonth() === month - 1 && hour < 24 && minute < 60 && second < 60;
  return exists ? ms : undefined;
}

/** Makes instants of the times that one body of a device says, in the order of the body. */
export class WallClock {
  /** Times that were ahead of the gateway's clock, and count as now. */
  ahead = 0;
  #newestMs: number | undefined;
  readonly #timeZone: string;
  readonly #nowMs: number;
  readonly #aheadMs: number;
  #lastMs: number | undefined;

  /**
   * @param timeZone IANA time zone of the device's clock
   * @param nowMs the gateway's clock, ms since the epoch
   * @param aheadMs how far a time may be ahead of it, ms
   */
  constructor(timeZone: string, nowMs: number, aheadMs = 60_000) {
    this.#timeZone = timeZone;
    this.#nowMs = nowMs;
    this.#aheadMs = aheadMs;
  }

  /**
   * Returns the instant at which the device's clock showed a time. In the hour that comes twice in autumn, that is the
   * first instant after the event before it; without one, the instant that is about now, or else the first. An hour that
   * spring leaves out counts from its start. A time ahead of the gateway's clock is now.
   * @param wallMs of {@link wallTimeIn} @returns RFC 3339 in UTC
   */
  instant(wallMs: number): string {
    const ms = this.read(wallMs);
    if (ms > this.#nowMs + this.#aheadMs) {
      // The event before it keeps its place: a clock that was right for a while tells the order.
      this.ahead += 1;
      return new Date(this.#nowMs).toISOString();
    }
    this.#lastMs = ms;
    return new Date(ms).toISOString();
  }

  /** Returns the instant as {@link instant} does, ms since the epoch, even if it is ahead. It is not an event's. */
  read(wallMs: number): number {
    const ms = this.#choose(instantsOf(wallMs, this.#timeZone));
    this.tell(ms);
    return ms;
  }

  /** Notes an instant that the device told as such. @param ms since the epoch */
  tell(ms: number): void {
    this.#newestMs = Math.max(ms, this.#newestMs ?? ms);
  }

  /**
   * Returns how far the device's clock is ahead, ms, as the newest time that it told shows; negative: behind. Undefined
   * if that time shows nothing. @param isLive the time is of now; else one of the past may be history
   */
  offsetMs(isLive: boolean): number | undefined {
    if (this.#newestMs === undefined) return undefined;
    const offsetMs = this.#newestMs - this.#nowMs;
    return isLive || offsetMs > -FRESH_MS ? offsetMs : undefined;
  }

  #choose([first, second]: readonly [number, number]): number {
    if (first === second) return first;
    const lastMs = this.#lastMs;
    if (lastMs !== undefined) return first >= lastMs ? first : second;
    return Math.abs(second - this.#nowMs) < LIVE_MS ? second : first;
  }
}

/** The first and the last instant at which a clock shows a time; the same one but for an hour each autumn. */
function instantsOf(wallMs: number, timeZone: string): [number, number] {
  // An offset changes at most once in two days.
  const [before, after] = [offsetAt(wallMs - DAY_MS, timeZone), offsetAt(wallMs + DAY_MS, timeZone)];
  const first = wallMs - before;
  if (before === after) return [first, first];
  const second = wallMs - after;
  const isFirst = offsetAt(first, timeZone) === before;
  const isSecond = offsetAt(second, timeZone) === after;
  if (isFirst && isSecond) return [first, second];
  // A time that the clock left out: as if it had not been put forward.
  return isSecond ? [second, second] : [first, first];
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Returns how far a zone's clocks are ahead of UTC, ms. */
export function offsetAt(ms: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    formats.set(timeZone, format);
  }
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (format.format(ms).match(/\d+/g) ?? []).map(
    Number,
  );
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000;
}
