import type { Decision } from './decision.js';
import { tenantKey } from './identifiers.js';

/**
 * Sort keys of the tables' indexes. Each begins with an instant in one form and ends with an id, so that their order as
 * text is the order of time, and rows of one millisecond still have an order.
 */

/** The instant as keys have it: RFC 3339 in UTC with milliseconds. @param time RFC 3339, or ms since the epoch */
export function keyInstant(time: string | number): string {
  return new Date(time).toISOString();
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

/** Sorts those inside a building by zone, then by when they came. */
export function placeKey(zoneId: string, since: string): string {
  return `${placePrefix(zoneId)}${since}`;
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
