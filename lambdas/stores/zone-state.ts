import * as crypto from 'node:crypto';
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
  /** Cards inside, each as {@link occupantOf} writes it. */
  occupants: Type.Array(Type.String()),
  /** Recent answers, oldest first. */
  presentations: Type.Array(NotedPresentation),
});
export type ZoneState = Type.Static<typeof ZoneState>;

const isZoneState = compile(ZoneState);

/**
 * DynamoDB refuses a row of more than 400 KB
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html). This many cards and the
 * presentations fit, however long their ids are. An occupancy limit is at most 5,000, so the zone is full long before.
 */
export const MAX_OCCUPANTS = 14_000;
const OCCUPANT_LENGTH = 16;

/** Returns a card as the zone lists it: its id, or a hash of a long one. Ids have no `#`. */
export function occupantOf(cardId: string): string {
  if (cardId.length <= OCCUPANT_LENGTH) return cardId;
  return `#${crypto.createHash('sha256').update(cardId).digest('base64url')}`.slice(0, OCCUPANT_LENGTH);
}

/** Converts to a table row. Lists are strings because nothing queries inside them. */
export function zoneRow({ zoneKey, version, occupants, presentations }: ZoneState) {
  const listed = occupants.slice(0, MAX_OCCUPANTS);
  return { zoneKey, version, occupants: JSON.stringify(listed), presentations: JSON.stringify(presentations) };
}

/** Parses a table row; undefined if it is invalid. Earlier versions listed long ids in full. */
export function zoneStateOf(row: Readonly<Record<string, unknown>>): ZoneState | undefined {
  const state: unknown = {
    ...row,
    occupants: jsonAttribute(row['occupants']),
    presentations: jsonAttribute(row['presentations']),
  };
  return isZoneState(state) ? { ...state, occupants: state.occupants.map(occupantOf) } : undefined;
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
