import type { Direction, DoorEventType } from '@swipegate/contract';
import { wallTimeIn } from '@swipegate/contract/values/wall-clock';
import { type Fields, fieldsOf, firstField } from '../field.js';
import { partsOf } from '../multipart.js';

/** Longer texts are no events. */
const MOST_BYTES = 65_536;
const [BRACE, LESS_THAN] = [0x7b, 0x3c];
const DETAILS = 'AccessControllerEvent';

/**
 * Reads the events of a body: multipart, JSON or XML (EventNotificationAlert), by model and `parameterFormatType`.
 * @returns the fields of each event and of its details, with names in lower case. Pictures are not looked at
 */
export function eventsIn(body: Buffer, contentType: string | undefined): Fields[] {
  return partsOf(body, contentType).flatMap(({ bytes }) => {
    const start = bytes.findIndex((byte) => byte > 0x20);
    const [first, length] = [bytes[start], bytes.length - start];
    if ((first !== BRACE && first !== LESS_THAN) || length > MOST_BYTES) return [];
    const text = bytes.toString();
    const fields = first === BRACE ? fieldsInJson(text) : fieldsInXml(text);
    return fields.has('eventtype') ? [fields] : [];
  });
}

function fieldsInJson(text: string): Fields {
  try {
    const event: unknown = JSON.parse(text);
    const details: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, DETAILS) : undefined;
    return fieldsOf(details, event);
  } catch {
    return fieldsOf();
  }
}

const LEAF = /<(?:\w+:)?(\w+)(?:\s[^<>]*)?>([^<]*)<\//g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads the elements that have text. An event has no two of a name, apart from its details. */
function fieldsInXml(text: string): Fields {
  const [start, end] = [text.indexOf(DETAILS), text.lastIndexOf(DETAILS)];
  return fieldsOf(leavesOf(text.slice(Math.max(start, 0), Math.max(end, 0))), leavesOf(text));
}

function leavesOf(xml: string): Record<string, string> {
  const leaves = Array.from(xml.matchAll(LEAF), ([, name = '', value = '']): [string, string] => [
    name,
    value.trim().replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => ENTITIES[entity] ?? ''),
  ]);
  return Object.fromEntries(leaves);
}

/** A person at a door. */
export interface Passage {
  /** Undefined for a person whom the device knows by an employee number alone. */
  cardNumber: string | undefined;
  employeeNumber: string | undefined;
  door: number | undefined;
  direction: Direction | undefined;
  /** The device asks, and waits for the decision. */
  isQuestion: boolean;
  /** The device's own decision; undefined for a question of a person whom it has identified. */
  outcome: 'granted' | 'denied' | undefined;
}

const EVENT = '5';

/** Kinds of event 5 after which the device opens: cards, fingers, faces, and what they are combined with. */
const PASSED: ReadonlySet<number> = new Set([
  ...[0x01, 0x02, 0x10, 0x26, 0x28, 0x2b, 0x2e, 0x36, 0x39, 0x3c, 0x3f, 0x42, 0x45, 0x48, 0x4b, 0x4d, 0x65, 0x69],
]);

/** Cards that the device’s own list refuses: no right, not yet, expired, not known. They say nothing of the gateway’s. */
const NOT_LISTED: ReadonlySet<number> = new Set([0x06, 0x07, 0x08, 0x09]);

/** Kinds of event 5 in which a code, finger, face or rule of the device failed, or took too long. */
const FAILED: ReadonlySet<number> = new Set([
  ...[0x03, 0x04, 0x05, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x24, 0x27, 0x29, 0x2a, 0x2c, 0x2d, 0x2f, 0x30, 0x31],
  ...[0x37, 0x38, 0x3a, 0x3b, 0x3d, 0x3e, 0x40, 0x41, 0x43, 0x44, 0x46, 0x47, 0x49, 0x4a, 0x4c, 0x4e, 0x4f, 0x50],
  ...[0x66, 0x67, 0x68, 0x70],
]);

/** @returns undefined if the event names nobody, or does not say whether the person may pass */
export function passageIn(fields: Fields): Passage | undefined {
  const cardNumber = numberIn(fields, ['cardno']);
  const employeeNumber = numberIn(fields, ['employeenostring', 'employeeno']);
  const isQuestion = firstField(fields, ['remotecheck'])?.toLowerCase() === 'true';
  const major = firstField(fields, ['majoreventtype']);
  if ((cardNumber ?? employeeNumber) === undefined || (major !== EVENT && !isQuestion)) return undefined;
  const kind = integerIn(fields, 'subeventtype') ?? 0;
  const outcome = PASSED.has(kind) ? 'granted' : FAILED.has(kind) || NOT_LISTED.has(kind) ? 'denied' : undefined;
  if (outcome === undefined && !isQuestion) return undefined;
  // Nobody is asked about a person whose code, finger or face is wrong.
  const isIdentified = cardNumber === undefined ? outcome !== 'denied' : !FAILED.has(kind);
  const reader = integerIn(fields, 'cardreaderno') ?? 0;
  return {
    cardNumber,
    employeeNumber: cardNumber === undefined ? employeeNumber : undefined,
    door: doorIn(fields),
    // A door has the reader for in first: 1 and 2 are at door 1, 3 and 4 at door 2.
    direction: reader === 0 ? undefined : reader % 2 === 1 ? 'in' : 'out',
    isQuestion,
    outcome: isQuestion && isIdentified ? undefined : outcome,
  };
}

/** @returns undefined for no number, which devices also write as zeros */
function numberIn(fields: Fields, names: readonly string[]): string | undefined {
  return names.map((name) => firstField(fields, [name])).find((text) => text !== undefined && !/^0*$/.test(text));
}

/** @returns undefined if the device says none, or 0 */
function doorIn(fields: Fields): number | undefined {
  return integerIn(fields, 'doorno') || undefined;
}

export function integerIn(fields: Fields, name: string): number | undefined {
  const text = firstField(fields, [name]);
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** Door events by kind of event: `majorEventType`/`subEventType`. Ends of alarms, and relays that turn, are none. */
const DOOR_EVENTS: Readonly<Record<string, DoorEventType>> = {
  [`5/${0x17}`]: 'request-to-exit',
  [`5/${0x19}`]: 'door-opened',
  [`5/${0x1a}`]: 'door-closed',
  [`5/${0x1b}`]: 'forced-open',
  [`5/${0x1c}`]: 'door-open-too-long',
  [`5/${0x34}`]: 'fire',
  [`1/${0x404}`]: 'tamper',
  [`1/${0x406}`]: 'tamper',
  [`1/${0x408}`]: 'tamper',
  [`1/${0x40f}`]: 'tamper',
  [`1/${0x40a}`]: 'duress-code',
  [`1/${0x40c}`]: 'code-tried',
  [`1/${0x415}`]: 'fire',
  [`1/${0x416}`]: 'fire',
  [`1/${0x418}`]: 'fire',
  [`2/${0x403}`]: 'battery-low',
  [`2/${0x405}`]: 'mains-lost',
  [`2/${0x411}`]: 'battery-low',
};

/** @returns undefined if the event is none of a door. `door` is undefined if the event is one of the whole device */
export function doorEventIn(fields: Fields): { type: DoorEventType; door: number | undefined } | undefined {
  const kind = `${firstField(fields, ['majoreventtype'])}/${integerIn(fields, 'subeventtype')}`;
  const type = DOOR_EVENTS[kind];
  return type === undefined ? undefined : { type, door: doorIn(fields) };
}

const HAS_OFFSET = /(?:Z|[+-]\d{2}:?\d{2})$/i;

/** When an event happened. Firmwares that leave the offset out say the clock on the wall. */
export function timeIn(fields: Fields): { ms: number } | { wallMs: number } | undefined {
  const text = firstField(fields, ['time', 'datetime']) ?? '';
  if (HAS_OFFSET.test(text)) {
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? undefined : { ms };
  }
  const wallMs = wallTimeIn(text);
  return wallMs === undefined ? undefined : { wallMs };
}

/** Whether the event says no more than that the device is alive. */
export function isHeartbeat(fields: Fields): boolean {
  return firstField(fields, ['eventtype'])?.toLowerCase() === 'heartbeat';
}

/** Whether the device kept the event back, such as while it had no network. */
export function isLate(fields: Fields): boolean {
  return firstField(fields, ['currentevent'])?.toLowerCase() === 'false';
}
