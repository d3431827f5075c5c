import { compile } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';
import { RowVersion } from './row-version.js';

/** A card shown at the zone's door, and the answer of the zone's rules. */
const NotedPresentation = Type.Object({
  swipeId: Type.String(),
  cardId: Type.String(),
  /** Stream position of the swipe. */
  sequence: Type.String(),
  employeeId: Type.String(),
  readerId: Type.String(),
  atMs: Type.Number(),
  answer: Type.Enum(['admitted', 'denied-upper-occupancy-limit', 'denied-no-accompaniment']),
  isHistory: Type.Boolean(),
  /** When it was noted, ms since the epoch. */
  notedAtMs: Type.Number(),
});
export type NotedPresentation = Type.Static<typeof NotedPresentation>;

/** One zone's row. It is written before the cards that it admits, so no place is granted twice. */
const ZoneState = Type.Object({
  zoneKey: Type.String(),
  /** 0 before the first write. */
  version: RowVersion,
  /** Bare cardIds: 5,000 of 64 characters must fit into a row of at most 400 KB. */
  occupants: Type.Array(Type.String()),
  /** Recent answers, oldest first. */
  presentations: Type.Array(NotedPresentation),
});
export type ZoneState = Type.Static<typeof ZoneState>;

const isZoneState = compile(ZoneState);

/** Converts to a table row. Lists are strings because nothing queries inside them. */
export function zoneRow({ zoneKey, version, occupants, presentations }: ZoneState) {
  return { zoneKey, version, occupants: JSON.stringify(occupants), presentations: JSON.stringify(presentations) };
}

/** Parses a table row; undefined if it is invalid. */
export function zoneStateOf(row: Readonly<Record<string, unknown>>): ZoneState | undefined {
  const state: unknown = {
    ...row,
    occupants: jsonAttribute(row['occupants']),
    presentations: jsonAttribute(row['presentations']),
  };
  return isZoneState(state) ? state : undefined;
}

/** Returns whether a swipe of the card was admitted to the zone, but the card's row is not written yet. */
export function isPromised(
  presentations: Iterable<NotedPresentation>,
  cardId: string,
  { sequence: committed }: { sequence: string },
): boolean {
  for (const { cardId: notedCardId, answer, sequence } of presentations) {
    if (notedCardId === cardId && answer === 'admitted' && sequence > committed) return true;
  }
  return false;
}
