import { tenantKey } from '../values/identifiers.js';
import type { Decision } from '../wire/decision.js';

/**
 * Sort keys of the tables' indexes. Each begins with an instant in one form and ends with an id, so that their order as
 * text is the order of time, and rows of one millisecond still have an order.
 */

/** Most instants have the form of keys already. Of the last days of a month it is not said which there are. */
const KEY_INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** The instant as keys have it: RFC 3339 in UTC with milliseconds. @param time RFC 3339, or ms since the epoch */
export function keyInstant(time: string | number): string {
  return typeof time === 'string' && KEY_INSTANT.test(time) ? time : new Date(time).toISOString();
}

/** Place of a decision among those of its card or cardholder: when it happened, by the clock that the rules went by. */
export function eventKey({
  timeBasis,
  readAt,
  receivedAt,
  swipeId,
}: Pick<Decision, 'timeBasis' | 'readAt' | 'receivedAt' | 'swipeId'>): string {
  return `${keyInstant(timeBasis === 'readAt' ? readAt : receivedAt)}#${swipeId}`;
}

/** Place of a decision among those of its reader. */
export function decidedKey({ decidedAt, swipeId }: Pick<Decision, 'decidedAt' | 'swipeId'>): string {
  return `${keyInstant(decidedAt)}#${swipeId}`;
}

/** The instant of an {@link eventKey} or a {@link decidedKey}. */
export function instantOfKey(key: string): string {
  return key.slice(0, key.indexOf('#'));
}

/** Sorts those inside a building by zone, then by when they came. */
export function placeKey(zoneId: string, since: string): string {
  return `${placePrefix(zoneId)}${since}`;
}

/** Place of an employee in the list of names, whatever the case; the id, at its end, is as it is. */
export function nameKey({ name, employeeId }: { name: string; employeeId: string }): string {
  return `${name.toLocaleLowerCase('en-US')}#${employeeId}`;
}

/** What the place keys of one zone begin with, and those of no other: an id has no #. */
export function placePrefix(zoneId: string): string {
  return `${zoneId}#`;
}

/** Zone and time of a {@link placeKey}. */
export function placeOfKey(key: string): { zoneId: string; since: string } {
  const at = key.indexOf('#');
  return { zoneId: key.slice(0, at), since: key.slice(at + 1) };
}

/** Partition of the alarms of a tenant's day, in UTC. */
export function alarmDay(tenantId: string, occurredAt: string | number): string {
  return tenantKey(tenantId, keyInstant(occurredAt).slice(0, 10));
}

/** Place of an alarm among those of its day. */
export function alarmKey(occurredAt: string, eventId: string): string {
  return `${keyInstant(occurredAt)}#${eventId}`;
}
