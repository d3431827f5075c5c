import { compile, type ImportNote, Timestamp } from '@swipegate/contract';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import { firstOccurrence } from '../wall-clock/local-time.js';

/** A cell of a column of dates. */
export interface DateCell {
  line: number;
  text: string;
}

export interface DateContext {
  timeZone: string;
  /** A date alone means the midnight that ends the day; default: the one that begins it. */
  isEnd?: boolean;
}

/** Reads the dates of one file. */
export interface DateReader {
  /** Returns RFC 3339, or why the text is not a date, as the end of a sentence that starts with the column. */
  read(text: string, context: DateContext): { time: string } | { reason: string };
  /** Whether the text is a date without an offset, so that it means a time at a building. */
  needsBuilding(text: string): boolean;
  notes: ImportNote[];
}

type Order = 'day-first' | 'month-first';
type Separator = '/' | '.' | '-';

interface Parts {
  /** The two numbers before a year, in the order of the file; undefined if the year comes first. */
  pair?: { first: number; second: number; separator: Separator };
  year: number;
  month: number;
  day: number;
  /** Seconds since midnight; undefined for a date alone. */
  second: number | undefined;
}

const TIME = '(?:(?:[T ]|, ?)(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,]\\d+)?)? ?(?:([AP])\\.?M\\.?)?)?';
const YEAR_FIRST = new RegExp(`^(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})${TIME}$`, 'i');
const YEAR_LAST = new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})${TIME}$`, 'i');
const SHORT_YEAR = /^\d{1,2}([-/.])\d{1,2}\1\d{2}(?: .*)?$/;
/** A spreadsheet counts days from 1900; five digits reach from 1927 to 2173. */
const DAY_NUMBER = /^\d{5}(?:[.,]\d+)?$/;
const MONTHS = 12;

const isTimestamp = compile(Timestamp);
const isRfc3339 = (text: string): boolean => isTimestamp(text);

const FORMS = 'a date such as 2026-12-31 or 31.12.2026, or an RFC 3339 date-time';

/**
 * Finds out how a file writes its dates. A date such as 01/02/2026 is read only if another date of the file with the same
 * separator has a day above 12, and none says the opposite.
 * @param cells all dates of the file
 */
export function dateReader(cells: readonly DateCell[]): DateReader {
  const evidence = new Map<Separator, Partial<Record<Order, DateCell>>>();
  let isAlone = false;
  for (const cell of cells) {
    const parts = partsOf(cell.text);
    isAlone ||= parts !== undefined && parts.second === undefined;
    const order = parts?.pair && orderOf(parts.pair);
    if (parts?.pair === undefined || order === undefined) continue;
    const found = evidence.get(parts.pair.separator) ?? {};
    found[order] ??= cell;
    evidence.set(parts.pair.separator, found);
  }
  return {
    needsBuilding: (text) => partsOf(text) !== undefined,
    notes: notesOf(evidence, isAlone),
    read(text, { timeZone, isEnd = false }) {
      const parts = partsOf(text);
      if (parts === undefined) return otherForm(text);
      const date = dateOf(parts, text, evidence);
      if ('reason' in date) return date;
      const { second = isEnd ? 86_400 : 0 } = parts;
      const time = firstOccurrence({ date: date.date, second }, timeZone);
      return time === undefined ? { reason: `must be a date that exists, not ${text}` } : { time };
    },
  };
}

function otherForm(text: string): { time: string } | { reason: string } {
  if (isRfc3339(text)) {
    return Number.isNaN(timestampMs(text)) ? { reason: `must be a time that exists, not ${text}` } : { time: text };
  }
  if (SHORT_YEAR.test(text)) return { reason: `must have a year of four digits, not ${text}` };
  if (DAY_NUMBER.test(text)) {
    return { reason: `is the number of a day (${text}); format the column as a date in the spreadsheet` };
  }
  return { reason: `must be ${FORMS}, not ${text.slice(0, 40)}` };
}

function partsOf(text: string): Parts | undefined {
  const [, year, , month, day, ...ofYearFirst] = YEAR_FIRST.exec(text) ?? [];
  if (year !== undefined) {
    const second = secondOf(ofYearFirst);
    return second === 'none' ? undefined : { year: Number(year), month: Number(month), day: Number(day), second };
  }
  const [, first, separator, second, lastYear, ...ofYearLast] = YEAR_LAST.exec(text) ?? [];
  const ofDay = secondOf(ofYearLast);
  if (!isSeparator(separator) || ofDay === 'none') return undefined;
  const pair = { first: Number(first), second: Number(second), separator };
  return { pair, year: Number(lastYear), month: 0, day: 0, second: ofDay };
}

function isSeparator(text: string | undefined): text is Separator {
  return text === '/' || text === '.' || text === '-';
}

/** @returns undefined for a date alone, 'none' for a time of day that does not exist */
function secondOf([hour, minute, second = '0', half]: readonly (string | undefined)[]): number | undefined | 'none' {
  if (hour === undefined) return undefined;
  const [minutes, seconds] = [Number(minute), Number(second)];
  const isHalf = half !== undefined;
  const hours = isHalf ? (Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0) : Number(hour);
  const isHour = isHalf ? Number(hour) >= 1 && Number(hour) <= 12 : hours <= 24;
  const ofDay = hours * 3_600 + minutes * 60 + seconds;
  return isHour && minutes < 60 && seconds < 60 && ofDay <= 86_400 ? ofDay : 'none';
}

/** The order that a date leaves no doubt about. */
function orderOf({ first, second }: { first: number; second: number }): Order | undefined {
  if (first > MONTHS && second <= MONTHS) return 'day-first';
  return second > MONTHS && first <= MONTHS ? 'month-first' : undefined;
}

function dateOf(
  { pair, year, month, day }: Parts,
  text: string,
  evidence: ReadonlyMap<Separator, Partial<Record<Order, DateCell>>>,
): { date: string } | { reason: string } {
  if (pair === undefined) return { date: isoDate(year, month, day) };
  const { first, second, separator } = pair;
  const { 'day-first': dayFirst, 'month-first': monthFirst } = evidence.get(separator) ?? {};
  if (dayFirst !== undefined && monthFirst !== undefined) {
    const [a, b] = [dayFirst, monthFirst].map((cell) => `line ${cell.line} has ${cell.text}`);
    return { reason: `is in doubt: ${a}, and ${b}. Write the dates as 2026-12-31` };
  }
  const asDayFirst = isoDate(year, second, first);
  const asMonthFirst = isoDate(year, first, second);
  if (dayFirst !== undefined || first === second) return { date: asDayFirst };
  if (monthFirst !== undefined) return { date: asMonthFirst };
  if (first > MONTHS) return { reason: `must be a date that exists, not ${text}` };
  const doubt = `is in doubt: ${text} may be ${asDayFirst} or ${asMonthFirst}, and no date of the file with “${separator}”`;
  return { reason: `${doubt} has a day above 12. Write the dates as 2026-12-31` };
}

function isoDate(year: number, month: number, day: number): string {
  return [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-');
}

function notesOf(evidence: ReadonlyMap<Separator, Partial<Record<Order, DateCell>>>, isAlone: boolean): ImportNote[] {
  const notes: ImportNote[] = [];
  for (const { 'day-first': dayFirst, 'month-first': monthFirst } of evidence.values()) {
    const [cell, order] = monthFirst === undefined ? [dayFirst, 'day, month, year'] : [monthFirst, 'month, day, year'];
    if (cell === undefined || (dayFirst !== undefined && monthFirst !== undefined)) continue;
    const message = `Dates are read as ${order}: line ${cell.line} leaves no doubt.`;
    notes.push({ code: 'dates-read', message, examples: [cell.text] });
  }
  if (isAlone) {
    const message =
      'A date without a time means midnight at the building: validFrom begins with its day, validUntil ends with it.';
    notes.push({ code: 'dates-at-midnight', message });
  }
  return notes;
}
