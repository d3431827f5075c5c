import { randomUUID } from 'node:crypto';
import type { DeviceDoor, DeviceOfKey, DoorEventType, Swipe } from '@swipegate/contract';
import type { CardFormat } from '@swipegate/contract/cards/card-format';
import { type Fields, fieldsOf, firstField } from '../field.js';

/** A device's report of one person at one door. */
export interface Passage {
  /** The device's clock on the wall, ms since the epoch if it showed UTC. */
  wallMs: number | undefined;
  /** Number of the portal; undefined if the device does not say. */
  portal: number | undefined;
  /** Decimal number of a card, or the text of a QR code or an UHF tag. */
  cardNumber: string | undefined;
  /** Number of the user on the device, which has identified the person. */
  userId: string | undefined;
  /** The person gave a duress sign: a finger, card or PIN of panic. */
  isDuress: boolean;
}

/** Members that name who came, by the question. A number typed at the device is no proof, so `user_id` alone is not enough. */
const CREDENTIALS: Readonly<Record<string, readonly string[]>> = {
  'new_card.fcgi': ['card_value'],
  'new_qrcode.fcgi': ['qrcode_value'],
  'new_uhf_tag.fcgi': ['uhf_tag', 'uhf_value'],
  'new_user_identified.fcgi': ['card_value', 'user_id', 'uhf_tag', 'qrcode_value'],
};

/** Whether a path asks for a decision. */
export function isQuestion(name: string): boolean {
  return name.startsWith('new_') && name.endsWith('.fcgi');
}

/** @param name last part of the path @returns undefined if the question names nobody whom the gateway can know */
export function passageAsked(name: string, fields: Fields): Passage | undefined {
  return passageIn(fields, CREDENTIALS[name] ?? []);
}

function passageIn(fields: Fields, credentials: readonly string[]): Passage | undefined {
  for (const credential of credentials) {
    const value = firstField(fields, [credential]);
    if (value === undefined || isNobody(value)) continue;
    const time = numberIn(fields, 'time');
    const portal = numberIn(fields, 'portal_id');
    return {
      wallMs: time === undefined || time === 0 ? undefined : time * 1_000,
      portal: portal === 0 ? undefined : portal,
      ...(credential === 'user_id'
        ? { cardNumber: undefined, userId: value }
        : { cardNumber: value, userId: undefined }),
      isDuress: ['panic', 'duress'].some((name) => /^(?:1|true)$/i.test(firstField(fields, [name]) ?? '')),
    };
  }
  return undefined;
}

/** Devices say 0 for no card and no user. */
function isNobody(value: string): boolean {
  return /^[-+]?0*$/.test(value);
}

export function numberIn(fields: Fields, name: string): number | undefined {
  const text = firstField(fields, [name]);
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) : undefined;
}

const AREA = 2n ** 32n;

/**
 * Returns the number of a card as its reader's format reads it. The device counts a Wiegand card as the area (facility)
 * times 2^32, plus the code.
 */
export function cardNumberFor(cardNumber: string, format: CardFormat | undefined): string {
  const isPair = format !== undefined && format !== 'as-sent' && !format.startsWith('uid-') && format !== 'h10302';
  if (!isPair || !/^\d{10,20}$/.test(cardNumber)) return cardNumber;
  const value = BigInt(cardNumber);
  return value < AREA ? cardNumber : `${value / AREA},${value % AREA}`;
}

/** A record of a device's own log. */
export type LogRecord = AccessRecord | AlarmRecord;

export interface AccessRecord {
  kind: 'access';
  passage: Passage;
  outcome: Exclude<Swipe['offlineOutcome'], undefined>;
  id: string;
}

export interface AlarmRecord {
  kind: 'door-event';
  type: DoorEventType;
  wallMs: number | undefined;
  door: number | undefined;
  /** The action that moves the door, if the device says that instead of its number. */
  action?: string;
  /** Number of the record, and its table: the device counts each table apart. */
  id: string;
}

/** Events of access_logs: not identified, timed out, denied, given up at a turnstile, and no answer let nobody in. */
const OUTCOMES: Readonly<Record<string, AccessRecord['outcome']>> = {
  3: 'denied',
  5: 'denied',
  6: 'denied',
  7: 'granted',
  13: 'denied',
  14: 'denied',
  15: 'granted',
};
const BUTTON = '11';

/** Causes of alarm_logs that are door events. The others are inputs of an alarm system, and panic, which swipes say. */
const ALARM_CAUSES: Readonly<Record<string, DoorEventType>> = {
  6: 'door-open-too-long',
  7: 'forced-open',
  9: 'tamper',
};
const ALARM_ENDS = '2';

/** Reads a notification: changes of the device's tables, in order, or the state of a door. Others are no records. */
export function recordsIn(body: unknown): LogRecord[] {
  const state = doorStateIn(body);
  if (state !== undefined) return [state];
  const changes: unknown = memberOf(body, 'object_changes');
  if (!Array.isArray(changes)) return [];
  return changes.flatMap((change: unknown) => recordIn(change) ?? []);
}

function recordIn(change: unknown): LogRecord | undefined {
  if (memberOf(change, 'type') !== 'inserted') return undefined;
  const fields = fieldsOf(memberOf(change, 'values'));
  const table = memberOf(change, 'object');
  const event = firstField(fields, ['event']) ?? '';
  const wallMs = wallMsIn(fields);
  const id = `${table}/${firstField(fields, ['id']) ?? ''}/${wallMs}`;
  if (table === 'alarm_logs') {
    const type = ALARM_CAUSES[firstField(fields, ['cause']) ?? ''];
    if (type === undefined || event === ALARM_ENDS) return undefined;
    return { kind: 'door-event', type, wallMs, door: numberIn(fields, 'door_id') || undefined, id };
  }
  if (table !== 'access_logs') return undefined;
  if (event === BUTTON) {
    const door = numberIn(fields, 'portal_id') || undefined;
    return { kind: 'door-event', type: 'request-to-exit', wallMs, door, id };
  }
  const outcome = OUTCOMES[event];
  const passage = passageIn(fields, ['card_value', 'user_id']);
  return outcome === undefined || passage === undefined ? undefined : { kind: 'access', passage, outcome, id };
}

/** Reads a notification of the Monitor that a door, or the door of a SecBox, is open or shut. */
function doorStateIn(body: unknown): AlarmRecord | undefined {
  const [ofDoor, ofBox] = [memberOf(body, 'door'), memberOf(body, 'secbox')];
  const state = fieldsOf(ofDoor ?? ofBox);
  const open = firstField(state, ['open']);
  if (open === undefined) return undefined;
  const fields = fieldsOf(body);
  const wallMs = wallMsIn(fields);
  return {
    kind: 'door-event',
    type: /^(?:1|true)$/.test(open) ? 'door-opened' : 'door-closed',
    wallMs,
    door: undefined,
    action: ofDoor === undefined ? 'sec_box' : `door=${firstField(state, ['id']) ?? ''}`,
    id: `door/${open}/${firstField(fields, ['access_event_id']) ?? ''}/${wallMs ?? randomUUID()}`,
  };
}

function wallMsIn(fields: Fields): number | undefined {
  const time = numberIn(fields, 'time');
  return time === undefined || time === 0 ? undefined : time * 1_000;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Returns the number of the door that an action moves; undefined if several could be meant. */
export function doorOfAction(action: string, { doors }: Pick<DeviceOfKey, 'doors'>): number | undefined {
  const own = (door: DeviceDoor) => (door.action ?? `door=${door.door}`).replace(/^sec_box=.*/, 'sec_box');
  const found = doors.filter((door) => own(door) === action);
  return found.length === 1 ? found[0]?.door : undefined;
}

/** Id of the SecBox that each device has. */
const SEC_BOX = '65793';

/** The action with which the device opens a door: its relay, a SecBox or a turnstile. A wrong one leaves the door shut. */
export function actionOf({ door, action = `door=${door}` }: DeviceDoor): { action: string; parameters: string } {
  const [name = '', value = ''] = action.split('=');
  if (name === 'sec_box') return { action: name, parameters: `id=${value || SEC_BOX}, reason=1` };
  return { action: name, parameters: name === 'catra' ? `allow=${value}` : `door=${value}` };
}

/** Numbers of the answers that a device knows. */
export const ANSWERS = { notIdentified: 3, denied: 6, granted: 7 } as const;
