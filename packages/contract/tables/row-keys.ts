import { type Direction, tenantKey } from '../values/identifiers.js';
import { foldedText } from '../values/plain-text.js';
import { instantMs } from '../values/timestamp-ms.js';
import type { Decision } from '../wire/decision.js';

// Sort keys begin with an instant in one fixed format, so text order is time order. An id at the end orders equal times.

/** Fast path: instants that already have the key format. Only 29 February takes the slow path, as it may not exist. */
const KEY_INSTANT =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Range of four-digit years, which sort as text. No row lies outside it. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Instant in the key format: RFC 3339 in UTC with milliseconds, clamped to four-digit years. With an offset, a time in
 * the first or last hours of that range can lie outside it in UTC. @param time RFC 3339, or ms since the epoch
 */
export function keyInstant(time: string | number): string {
  if (typeof time === 'number') return boundInstant(time);
  return KEY_INSTANT.test(time) ? time : boundInstant(instantMs(time));
}

/** Sort key of a decision by card or cardholder: the event time that the rules used. */
export function eventKey(decision: Pick<Decision, 'timeBasis' | 'readAt' | 'receivedAt' | 'swipeId'>): string {
  return `${keyInstant(decision[decision.timeBasis])}#${decision.swipeId}`;
}

/** Sort key of a decision by reader: the decision time. */
export function decidedKey({ decidedAt, swipeId }: Pick<Decision, 'decidedAt' | 'swipeId'>): string {
  return `${keyInstant(decidedAt)}#${swipeId}`;
}

/** The instant of an {@link eventKey} or a {@link decidedKey}. */
export function instantOfKey(key: string): string {
  return key.slice(0, key.indexOf('#'));
}

/** A place within its building, and the swipe that led there if a swipe did. */
export interface KeyedPlace {
  zoneId: string;
  since: string;
  readerId?: string;
  direction?: Direction;
}

/**
 * Sorts the people inside a building by zone, then by arrival. Ends with the direction and the reader, so that the
 * index by building tells how each was last seen without a read of each row.
 */
export function placeKey({ zoneId, since, readerId, direction }: KeyedPlace): string {
  const key = `${placePrefix(zoneId)}${since}`;
  return readerId === undefined || direction === undefined ? key : `${key}#${direction}#${readerId}`;
}

/** DynamoDB allows 1,024 bytes; a character takes at most 3 of them in UTF-8, or 4 for two. */
const MOST_KEY_CHARACTERS = 256;

/**
 * Sort key of an employee in the list of names: the name without case and accents, then the id unchanged. So the order
 * of bytes is that of a dictionary. The space sorts a name before its extensions: Ann, Ann Lee, Anna.
 */
export function nameKey({ name, employeeId }: { name: string; employeeId: string }): string {
  const cut = foldedText(name)
    .slice(0, MOST_KEY_CHARACTERS)
    .replace(/[\ud800-\udbff]$/, '');
  return `${cut} #${employeeId}`;
}

/** Sorts before every name: names have no control characters. */
const BEFORE_NAMES = '\u0001';

/** The first sort key of a name. Visits come before it. */
export const FIRST_NAME = '\u0002';

/** Sort key of a visitor in the list of names: visits come first, by their end. @param until RFC 3339 */
export function visitKey({ until, employeeId }: { until: string; employeeId: string }): string {
  return `${visitsFrom(until)} #${employeeId}`;
}

/** Lower bound of the {@link visitKey}s of the visits that end at or after an instant. @param time RFC 3339, or ms */
export function visitsFrom(time: string | number): string {
  return `${BEFORE_NAMES}${keyInstant(time)}`;
}

/** Prefix of the place keys of exactly one zone: ids cannot contain #. */
export function placePrefix(zoneId: string): string {
  return `${zoneId}#`;
}

/** The place of a {@link placeKey}. */
export function placeOfKey(key: string): KeyedPlace {
  const [zoneId = '', since = '', direction, readerId] = key.split('#');
  const place = { zoneId, since };
  return readerId !== undefined && (direction === 'in' || direction === 'out')
    ? { ...place, readerId, direction }
    : place;
}

/** Partition key of a tenant's alarms of one UTC day. */
export function alarmDay(tenantId: string, occurredAt: string | number): string {
  return tenantKey(tenantId, keyInstant(occurredAt).slice(0, 10));
}

/** Sort key of an alarm within its day. */
export function alarmKey(occurredAt: string, eventId: string): string {
  return `${keyInstant(occurredAt)}#${eventId}`;
}

/** `fromMs` is inclusive, `toMs` exclusive; ms since the epoch. Undefined means no bound. */
export interface TimeRange {
  fromMs: number | undefined;
  toMs: number | undefined;
}

/** Returns a bound in the format of sort keys, clamped to four-digit years. */
export function boundInstant(ms: number): string {
  return new Date(Math.min(LAST_MS, Math.max(FIRST_MS, ms))).toISOString();
}

/** Returns bounds for keys `INSTANT#id`. These sort after the bare instant, so a key at `toMs` is excluded. */
export function keyBounds({ fromMs, toMs }: TimeRange): { from: string | undefined; through: string | undefined } {
  const instant = (ms: number | undefined) => (ms === undefined ? undefined : boundInstant(ms));
  return { from: instant(fromMs), through: instant(toMs) };
}

/** How long the presence row of a card that is in no table lives after its last swipe, seconds. */
export const UNKNOWN_CARD_KEEP_S = 24 * 3600;

/** Returns whether a row's time to live is over. DynamoDB deletes such rows later, so every reader asks this first. */
export function hasExpired({ expiresAt }: Readonly<Record<string, unknown>>, nowMs: number): boolean {
  return typeof expiresAt === 'number' && expiresAt * 1_000 <= nowMs;
}

/**
 * Partition of the contacts table with the last unknown card of each reader of a tenant. No tenant can have this id, and
 * the rows of contacts are written as a whole, so these are rows of their own.
 */
export function unknownCardsKey(tenantId: string): string {
  return tenantKey(tenantId, 'unknown-cards');
}

/** Epoch second after which DynamoDB may delete a row (TTL). @param since RFC 3339 */
export function expiresAt(since: string, keepDays: number): number {
  return Math.floor(instantMs(since) / 1000) + keepDays * 86_400;
}
