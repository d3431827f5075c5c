import { compile } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';
import Type from 'typebox';

/** A {@link Presentation} of the zone rules, and which swipe it was. */
const NotedPresentation = Type.Object({
  swipeId: Type.String(),
  cardId: Type.String(),
  /** Place of the swipe in the stream. */
  sequence: Type.String(),
  employeeId: Type.String(),
  readerId: Type.String(),
  atMs: Type.Number(),
  answer: Type.Enum(['admitted', 'denied-upper-occupancy-limit', 'denied-no-accompaniment']),
  isHistory: Type.Boolean(),
  /** When it was written down, ms since the epoch. */
  notedAtMs: Type.Number(),
});
export type NotedPresentation = Type.Static<typeof NotedPresentation>;

/**
 * One zone's row in the zone-state table: only for zones whose rules look at who else is there. It is written before the
 * cards that it lets in: so a place is taken before anybody is told that it is theirs, and never twice.
 *
 * `occupants` are cardIds, and nothing more of each: 5,000 of 64 characters must fit in a row, which has 400 KB at most.
 */
export const ZoneState = Type.Object({
  zoneKey: Type.String(),
  /** Counts the writes: one is refused when somebody else's came between read and write. */
  version: Type.Integer({ minimum: 0 }),
  occupants: Type.Array(Type.String()),
  /** What was answered lately, oldest first. */
  presentations: Type.Array(NotedPresentation),
});
export type ZoneState = Type.Static<typeof ZoneState>;

const isZoneState = compile(ZoneState);

interface ZoneRow extends Record<keyof ZoneState, unknown> {
  zoneKey: string;
}

/** The row as the table has it: lists are strings, since nobody looks for anything inside them. */
export function zoneRow({ zoneKey, version, occupants, presentations }: ZoneState): ZoneRow {
  return { zoneKey, version, occupants: JSON.stringify(occupants), presentations: JSON.stringify(presentations) };
}

/** Reads a row of the table; undefined when it is not one of ours. */
export function zoneStateOf(row: Readonly<Record<string, unknown>>): ZoneState | undefined {
  const state: unknown = {
    ...row,
    occupants: jsonAttribute(row['occupants']),
    presentations: jsonAttribute(row['presentations']),
  };
  return isZoneState(state) ? state : undefined;
}
