const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const ZERO = 48;

/**
 * Milliseconds since the epoch of an RFC 3339 date-time, which the contract's Timestamp pattern has passed; NaN where no
 * clock ever shows it, such as 30 February or hour 24, which Date.parse takes for another moment.
 */
export function timestampMs(text: string): number {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  // Date.UTC takes years below 100 for those of the last century.
  if (year < 100) return Date.parse(text);
  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond(text)) - offsetMs(text);
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

/** Of a fraction of a second, what a Date can hold. */
function millisecond(text: string): number {
  if (text[19] !== '.') return 0;
  let value = 0;
  for (let i = 20; i < 23; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    value = value * 10 + (digit >= 0 && digit <= 9 ? digit : 0);
    if (!(digit >= 0 && digit <= 9)) return value * 10 ** (22 - i);
  }
  return value;
}

function offsetMs(text: string): number {
  const last = text[text.length - 1];
  if (last === 'Z' || last === 'z') return 0;
  const at = text.length - 6;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (text[at] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 10 + text.charCodeAt(i) - ZERO;
  return value;
}
