import {
  compile,
  Decision,
  decisionJson,
  hasExpired,
  Place,
  placeKey,
  Timestamp,
  tenantKey,
} from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';

/**
 * One card's row in the presence table. Writing it makes a decision final: one conditional write stores both the move
 * and the decision, so if the function dies right after it, the retried batch finds both.
 */
export const Presence = Type.Object({
  cardKey: Type.String(),
  /** Number of writes. A write is refused if another one came between its read and its write. */
  version: Type.Integer({ minimum: 1 }),
  /** Highest stream position decided so far. A swipe at or before it does not move the holder. */
  sequence: Type.String(),
  employeeId: Type.Optional(Type.String()),
  inside: Type.Optional(Place),
  /** Holder's last move, in or out, by the time that the rules used. Earlier history does not move the holder. */
  movedAt: Type.Optional(Timestamp),
  /** An operator has forgiven all entries up to this instant. The gateway writes it; decide only reads it. */
  forgivenAt: Type.Optional(Timestamp),
  /** Decisions that may still be missing from the decisions table, oldest first. */
  outbox: Type.Array(Type.Object(Decision.properties)),
  /** Epoch seconds. Set only for unknown cards, so that invented card ids do not fill the table. */
  expiresAt: Type.Optional(Type.Integer()),
});
export type Presence = Type.Static<typeof Presence>;

const isPresence = compile(Presence);
const isOutbox = compile(Presence.properties.outbox);
const MEMBERS = Object.keys(Presence.properties).filter((name) => name !== 'outbox');

type PresenceRow = Record<Exclude<keyof Presence, 'forgivenAt'> | 'buildingKey' | 'placeKey', unknown>;

/**
 * Converts to a table row. Lists every member that decide writes, even if undefined, so that a write removes old
 * values. Only while the holder is inside, `buildingKey` and `placeKey` put the row into the index by building.
 */
export function presenceRow(presence: Presence, json: (decision: Decision) => string = decisionJson): PresenceRow {
  const { cardKey, version, sequence, employeeId, inside, movedAt, outbox, expiresAt } = presence;
  return {
    cardKey,
    version,
    sequence,
    employeeId,
    inside,
    movedAt,
    outbox: `[${outbox.map((decision) => json(decision)).join()}]`,
    expiresAt,
    buildingKey: inside && tenantKey(cardKey.slice(0, cardKey.indexOf('/')), inside.buildingId),
    placeKey: inside && placeKey(inside.zoneId, inside.since),
  };
}

/** Parses a table row; undefined if it is invalid. @param settled rows whose outbox is treated as empty, unparsed */
export function presenceOf(
  row: Readonly<Record<string, unknown>>,
  settled?: { has(presence: Presence): boolean },
): Presence | undefined {
  const presence: Record<string, unknown> = { outbox: [] };
  for (const name of MEMBERS) {
    const value = row[name];
    if (value !== undefined && value !== null) presence[name] = value;
  }
  if (!isPresence(presence)) return undefined;
  if (settled?.has(presence) === true) return presence;
  const outbox = jsonAttribute(row['outbox']);
  return isOutbox(outbox) ? { ...presence, outbox } : undefined;
}

/** Returns the row as it is once its time to live is over: it still orders swipes, but places no one. */
export function unexpired(presence: Presence, nowMs: number): Presence {
  if (!hasExpired(presence, nowMs)) return presence;
  const { inside: _inside, movedAt: _movedAt, ...rest } = presence;
  return rest;
}
