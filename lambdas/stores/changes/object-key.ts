/**
 * Keys of the event store: EVENTS/TENANT/DAY/SEQUENCE-CARD-CHANGE.json. In the order of their keys, a tenant's events stand in
 * the order in which the queue had them, which is the order in which they are applied. None of the parts can hold a slash.
 */
export const EVENTS_PREFIX = 'events/';

/**
 * Where it stands where events have put cardholders: PLACEMENTS/TENANT/DAY/SEQUENCE-CHANGE.json, in the same order. It is known
 * only when an event is applied, and so no part of the event.
 */
export const PLACEMENTS_PREFIX = 'placements/';

/** An object's place among its tenant's. */
export interface StoredKey {
  tenantId: string;
  /** UTC, 2026-11-25. */
  day: string;
  /** Of the queue, 20 digits: grows within a tenant. */
  sequence: string;
}

const KEY = /^events\/([A-Za-z0-9][\w.:-]{0,63})\/(\d{4}-\d{2}-\d{2})\/(\d{20})-[\w.:-]+\.json$/;
const SEQUENCE_DIGITS = 20;

/** Where a change is stored. `cardId` stands in the key of those that are about a card, for whoever reads the bucket's list. */
export function eventKeyOf(place: StoredKey, { cardId, changeId }: { cardId?: string | undefined; changeId: string }) {
  return `${tenantPrefix(place.tenantId)}${place.day}/${sequenceText(place.sequence)}-${cardId ?? 'none'}-${changeId}.json`;
}

/** A sequence number as keys have it: sorts as text. */
export function sequenceText(sequence: string): string {
  return sequence.padStart(SEQUENCE_DIGITS, '0');
}

export function tenantPrefix(tenantId: string): string {
  return `${EVENTS_PREFIX}${tenantId}/`;
}

/** @param position of the event, as {@link positionOf} */
export function placementsKeyOf(
  position: string,
  { tenantId, changeId }: { tenantId: string; changeId: string },
): string {
  return `${PLACEMENTS_PREFIX}${tenantId}/${position}-${changeId}.json`;
}

/** @returns undefined for a key that this code never made */
export function parseEventKey(key: string): StoredKey | undefined {
  const [, tenantId, day, sequence] = KEY.exec(key) ?? [];
  return tenantId === undefined || day === undefined || sequence === undefined
    ? undefined
    : { tenantId, day, sequence };
}

/** Sorts as the events of a tenant do: what a row is marked with that an event has written. */
export function positionOf({ day, sequence }: StoredKey): string {
  return `${day}/${sequence}`;
}
