import type { Direction } from '@swipegate/contract';
import { wallTimeIn } from '@swipegate/contract/values/wall-clock';
import { wallTimeOfCount } from './clock.js';

/** Who came, when, at which door: what a swipe is made of. */
export interface Passage {
  /** See wallTimeIn. */
  wallMs: number;
  /** Undefined if the device does not say, because it has one. */
  door: number | undefined;
  /** Empty if it was no card. */
  cardNumber: string;
  /** Number of the user on the device. Empty if it knows nobody. */
  pin: string;
  direction: Direction | undefined;
}

/** A record of an access controller. */
export interface AccessRecord extends Passage {
  event: number;
}

/** A status that somebody typed at a time clock: check, break and overtime. */
const STATUSES: Readonly<Record<string, Direction>> = { 0: 'in', 1: 'out', 2: 'out', 3: 'in', 4: 'in', 5: 'out' };
const DIRECTIONS: Readonly<Record<string, Direction>> = { 0: 'in', 1: 'out' };

/** Lines of a body. Some firmwares end them with a carriage return alone. */
export function linesIn(text: string): string[] {
  return text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
}

/** Reads a line of ATTLOG: user, time, status and more, with tabs between. @returns undefined if it is none */
export function attendanceIn(line: string): Passage | undefined {
  const [pin = '', time = '', status = ''] = line.split('\t').map((field) => field.trim());
  const wallMs = wallTimeIn(time);
  if (wallMs === undefined || isNobody(pin)) return undefined;
  return { wallMs, door: undefined, cardNumber: '', pin, direction: STATUSES[status] };
}

/** Reads a line of rtlog, of a transaction or of a question. @returns undefined if it has no time */
export function accessRecordIn(line: string): AccessRecord | undefined {
  const fields = fieldsIn(line);
  const value = (name: string, otherName = name) => fields.get(name) ?? fields.get(otherName);
  const count = value('time_second');
  const wallMs = count === undefined ? wallTimeIn(value('time') ?? '') : wallTimeOfCount(numberIn(count) ?? -1);
  if (wallMs === undefined) return undefined;
  const [cardNumber = '', pin = ''] = [value('cardno'), value('pin')];
  return {
    wallMs,
    door: numberIn(value('eventaddr', 'doorid')),
    cardNumber: isNobody(cardNumber) ? '' : cardNumber,
    pin: isNobody(pin) ? '' : pin,
    direction: DIRECTIONS[value('inoutstatus', 'inoutstate') ?? ''],
    event: numberIn(value('event', 'eventtype')) ?? -1,
  };
}

/** Reads `name=value` fields with tabs between. The name of a table may stand before the first one. */
export function fieldsIn(line: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of line
    .trim()
    .replace(/^\w+ +(?=\w+=)/, '')
    .split('\t')) {
    const end = field.indexOf('=');
    if (end > 0) fields.set(field.slice(0, end).trim().toLowerCase(), field.slice(end + 1).trim());
  }
  return fields;
}

/** Devices say 0 for no user and no card. */
function isNobody(number: string): boolean {
  return /^0*$/.test(number);
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
