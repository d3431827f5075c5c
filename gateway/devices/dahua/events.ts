import type { Direction, DoorEventType } from '@swipegate/contract';
import { wallTimeIn } from '@swipegate/contract/values/wall-clock';
import { type Fields, fieldsOf, firstField } from '../field.js';
import { partsOf } from '../multipart.js';

/** An event of a device. The names of its fields are in lower case. */
export interface DahuaEvent {
  code: string;
  /** Members of Data. */
  fields: Fields;
  /** Start, Stop or Pulse. */
  action: string;
  /** Number of the door or input, as the device counts: from 0. */
  index: number | undefined;
  /** The clock on the wall in the body's `Time`, ms since the epoch if it showed UTC. */
  wallMs: number | undefined;
}

const MOST_EVENTS = 500;

/** Reads the events of a body: multipart, JSON, JSON with single quotes, or lines of name=value. Pictures are not looked at. */
export function eventsIn(body: Buffer, contentType: string | undefined): DahuaEvent[] {
  return partsOf(body, contentType)
    .filter(({ type }) => !/^(?:image|audio|video)\//.test(type))
    .flatMap(({ bytes }) => eventsInText(bytes.toString().trim()))
    .slice(0, MOST_EVENTS);
}

function eventsInText(text: string): DahuaEvent[] {
  if (text.startsWith('{')) return eventsInJson(jsonIn(text) ?? jsonIn(text.replaceAll("'", '"')));
  return eventsInLines(text);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function eventsInJson(content: unknown): DahuaEvent[] {
  const listed = memberOf(content, 'Events');
  const events: readonly unknown[] = Array.isArray(listed) ? listed : [content];
  const wallMs = wallTimeOfDay(memberOf(content, 'Time'));
  return events.flatMap((event) => {
    const code = memberOf(event, 'Code');
    if (typeof code !== 'string') return [];
    const [index, action] = [memberOf(event, 'Index'), memberOf(event, 'Action')];
    return {
      code,
      fields: fieldsOf(memberOf(event, 'Data')),
      action: typeof action === 'string' ? action : '',
      index: typeof index === 'number' ? index : undefined,
      wallMs,
    };
  });
}

const LINE = /^Events\[(\d{1,3})\]\.(?:(Data)\.)?(\w+)=(.*)$/;

/** Reads lines such as `Events[0].Data.CardNo=EC56D271`. */
function eventsInLines(text: string): DahuaEvent[] {
  const events = new Map<string, { own: Record<string, string>; data: Record<string, string> }>();
  const lines = text.split(/[\r\n]+/);
  const wallMs = wallTimeOfDay(lines.find((line) => line.startsWith('Time='))?.slice('Time='.length));
  for (const line of lines) {
    const [, number = '', data, name = '', value = ''] = LINE.exec(line.trim()) ?? [];
    if (number === '' || (events.size === MOST_EVENTS && !events.has(number))) continue;
    const event = events.get(number) ?? { own: {}, data: {} };
    events.set(number, event);
    (data === undefined ? event.own : event.data)[name] = value;
  }
  return Array.from(events.values(), ({ own, data }) => ({
    code: own['Code'] ?? '',
    fields: fieldsOf(data),
    action: own['Action'] ?? '',
    index: own['Index'] !== undefined && /^\d{1,3}$/.test(own['Index']) ? Number(own['Index']) : undefined,
    wallMs,
  }));
}

/** @param text such as 21-09-2023 10:00:00, or with the year first */
function wallTimeOfDay(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  return wallTimeIn(text.trim().replace(/^(\d{2})([-/.])(\d{2})\2(\d{4})/, '$4-$3-$1'));
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The person in an event `AccessControl`. */
export interface Passage {
  /** Hex of a card's UID; undefined for a person whom the device knows by a user number. */
  cardNumber: string | undefined;
  userId: string | undefined;
  door: number | undefined;
  direction: Direction | undefined;
  /** The device's own decision, if it made one. */
  outcome: 'granted' | 'denied';
}

const PASSWORD = '0';
const REMOTE = '5';
const DIRECTIONS: Readonly<Record<string, Direction>> = { entry: 'in', exit: 'out' };

/** @returns undefined if nobody is named: a password that somebody typed is no proof, and a click opens remotely */
export function passageIn({ fields, index }: DahuaEvent): Passage | undefined {
  const cardNumber = firstField(fields, ['cardno']) ?? '';
  const userId = firstField(fields, ['userid']) ?? '';
  const isCard = !isNobody(cardNumber);
  const method = firstField(fields, ['method']);
  if (!isCard && (isNobody(userId) || method === PASSWORD || method === REMOTE)) return undefined;
  return {
    cardNumber: isCard ? cardNumber : undefined,
    userId: isCard ? undefined : userId,
    door: doorIn(fields) ?? index,
    direction: DIRECTIONS[(firstField(fields, ['type']) ?? '').toLowerCase()],
    outcome: firstField(fields, ['status']) === '1' ? 'granted' : 'denied',
  };
}

function isNobody(number: string): boolean {
  return /^0*$/.test(number);
}

function doorIn(fields: Fields): number | undefined {
  const text = firstField(fields, ['door']);
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

/** Events that are door events. Inputs of an alarm system and the like are none. */
const DOOR_EVENTS: Readonly<Record<string, DoorEventType>> = {
  BreakIn: 'forced-open',
  DoorNotClosed: 'door-open-too-long',
  ChassisIntruded: 'tamper',
  Duress: 'duress-code',
  PowerFault: 'mains-lost',
  BatteryLowPower: 'battery-low',
};
const DOOR_STATES: Readonly<Record<string, DoorEventType>> = { open: 'door-opened', close: 'door-closed' };
/** Of PowerFault: the end of one. */
const RECOVERY = /recover/i;

/** @returns undefined if the event is none of a door, or the end of one */
export function doorEventIn({
  code,
  action,
  fields,
  index,
}: DahuaEvent): { type: DoorEventType; door: number | undefined } | undefined {
  const type =
    code === 'DoorStatus' ? DOOR_STATES[(firstField(fields, ['status']) ?? '').toLowerCase()] : DOOR_EVENTS[code];
  const isEnd = action === 'Stop' || RECOVERY.test(firstField(fields, ['eventtype']) ?? '');
  return type === undefined || isEnd ? undefined : { type, door: doorIn(fields) ?? index };
}

/** A few firmwares count the seconds of the wall clock as if it were UTC, s. */
const SAME_S = 2;

/** When an event happened. `wallMs` is the clock on the wall; it is undefined if `utcMs` is the instant. */
export function timeIn({ fields, wallMs }: DahuaEvent): { utcMs: number } | { wallMs: number } | undefined {
  const text = firstField(fields, ['utc', 'realutc', 'createtime']);
  if (text === undefined || !/^[1-9]\d{8,9}$/.test(text)) return wallMs === undefined ? undefined : { wallMs };
  const utcMs = Number(text) * 1_000;
  return wallMs !== undefined && Math.abs(utcMs - wallMs) <= SAME_S * 1_000 ? { wallMs: utcMs } : { utcMs };
}
