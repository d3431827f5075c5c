import { compile } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';
import Type from 'typebox';

/** A {@link Presentation} of the zone rules, with its swipe. */
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

/**
 * One zone's row in the zone-state table. Only zones whose rules depend on who else is inside have one. It is written
 * before the cards that it admits, so a place is reserved before a grant is published, and never given twice.
 *
 * `occupants` are bare cardIds: 5,000 of 64 characters must fit into a row of at most 400 KB.
 */
export const ZoneState = Type.Object({
  zoneKey: Type.String(),
  /** Number of writes. A write is refused if another one came between its read and its write. */
  version: Type.Integer({ minimum: 0 }),
  occupants: Type.Array(Type.String()),
  /** Recent answers, oldest first. */
  presentations: Type.Array(NotedPresentation),
});
export type ZoneState = Type.Static<typeof ZoneState>;

const isZoneState = compile(ZoneState);

interface ZoneRow extends Record<keyof ZoneState, unknown> {
  zoneKey: string;
}

/** Converts to a table row. Lists are strings because nothing queries inside them. */
export function zoneRow({ zoneKey, version, occupants, presentations }: ZoneState): ZoneRow {
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
