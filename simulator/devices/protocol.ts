import type { Direction } from '@swipegate/contract';
import type { HttpAnswer } from '../readers/channel/http-answer.js';
import type { WrittenFormat } from './card-writing.js';

/** One side of a door, as the device knows it. */
export interface Way {
  readerId: string;
  /** Number of the door or portal, as the device counts. */
  door: number;
  direction: Direction;
  /** Format in which its reader writes card numbers. */
  format: WrittenFormat;
}

/** A person as the device sees them: a card, or a user whom it identified itself. */
export type Credential = { uid: string } | { pin: string };

/** Somebody at a door, by the device's clock. */
export interface Reading {
  /** Unique in the device, from 1. */
  index: number;
  way: Way;
  credential: Credential;
  /** The instant that the device's clock shows, ms since the epoch. */
  shownMs: number;
}

/**
 * Why a record is in the device's ring: it decided alone, the gateway answered, or the gateway gave no decision and the
 * door stayed shut.
 */
export type Cause = 'alone-granted' | 'alone-denied' | 'answer-granted' | 'answer-denied' | 'no-answer';

export interface RingRecord {
  reading: Reading;
  cause: Cause;
  /** It waited for the network. */
  isBuffered: boolean;
}

export interface DeviceRequest {
  method: 'GET' | 'POST';
  /** With its query. */
  path: string;
  /** Default: `text/plain`, which need not be true. */
  type?: string;
  /** A Content-Encoding that is not true. */
  encoding?: string;
  body?: string;
}

/** What a device hears about a person: the door opens, stays shut by a decision, or stays shut because there is none. */
export type Heard = 'granted' | 'denied' | 'undecided';

/** How one make asks, reports, and reads the answers. */
export interface Protocol {
  /** Requests after it has connected. */
  hello: readonly DeviceRequest[];
  /** It sends no time. */
  hasNoClock?: true;
  /** Its record of a question has another number than the question, so both can be told apart only soon after. */
  numbersRecordsApart?: true;
  /** Absent: the device decides alone. */
  asks?: { question(reading: Reading): DeviceRequest; heard(answer: HttpAnswer, reading: Reading): Heard };
  /** Absent: the device has no memory. */
  reports?: {
    report(records: readonly RingRecord[]): DeviceRequest;
    isTaken(answer: HttpAnswer, sent: number): boolean;
  };
}

/** Writes a request. A device sets few headers. */
export function textOf(
  host: string,
  { method, path, type = 'text/plain', encoding, body = '' }: DeviceRequest,
): string {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    ...(encoding === undefined ? [] : [`content-encoding: ${encoding}`]),
    ...(method === 'POST' ? [`content-type: ${type}`, `content-length: ${Buffer.byteLength(body)}`] : []),
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Member of the JSON in an answer; undefined if it has none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function jsonOf({ body }: HttpAnswer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
