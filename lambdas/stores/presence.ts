import {
  compile,
  Decision,
  decisionJson,
  instantMs,
  keyInstant,
  Place,
  placeKey,
  type Reader,
  type SwipeRecord,
  Timestamp,
  tenantKey,
} from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';
import Type from 'typebox';
import type { Verdict } from '../decide/rules/rules.js';
import type { SettledOutboxes } from '../decide/stores/settled-outboxes.js';
import type { History } from './presence/history.js';
import type { DecisionJson } from './presence/json-once.js';

/**
 * One card's row in the presence table. Writing it makes a decision final. One conditional write stores both the
 * holder's place and the decision, so if the function dies right after it, the retried batch finds the decision
 * together with the move.
 */
export const Presence = Type.Object({
  cardKey: Type.String(),
  /** Number of writes. A write is refused if another one came between its read and its write. */
  version: Type.Integer({ minimum: 1 }),
  /** Highest stream position decided so far. A swipe at or before it does not move the holder. */
  sequence: Type.String(),
  employeeId: Type.Optional(Type.String()),
  inside: Type.Optional(Place),
  /**
   * Time of the holder's last move, in or out, as the rules see it. History at or before it does not move the holder.
   */
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
 * Converts to a table row. Lists every member that decide writes, even if undefined, so that a write removes the old
 * values. The outbox is one string because nothing queries inside it. `buildingKey` and `placeKey` are set only while
 * the holder is inside: they put the row into the index by building.
 */
export function presenceRow(presence: Presence, json: DecisionJson = decisionJson): PresenceRow {
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

/**
 * Parses a table row; undefined if it is invalid.
 * @param settled rows whose outbox need not be parsed; it is treated as empty
 */
export function presenceOf(
  row: Readonly<Record<string, unknown>>,
  settled?: Pick<SettledOutboxes, 'has'>,
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

/**
 * Returns whether a decision moves the holder. A grant does. History later than the last move does if a reader
 * granted it offline, or if it is a late exit, which is never refused. A late entry does not: the door stayed closed.
 * @param movedAt RFC 3339, the holder's last known move
 */
export function isMove(
  { outcome, direction, atMs }: Verdict,
  { offlineOutcome }: SwipeRecord,
  {
    history,
    reader,
    movedAt,
  }: { history: History | undefined; reader: Reader | undefined; movedAt: string | undefined },
): boolean {
  if (reader === undefined) return false;
  if (history === undefined) return outcome === 'granted';
  if (movedAt !== undefined && atMs <= instantMs(movedAt)) return false;
  return history === 'offline' ? offlineOutcome === 'granted' : direction === 'out';
}

/**
 * Returns the place after a move: in leads to the zone behind the reader, out to its outer zone or outdoors
 * (undefined).
 */
export function placeAfter(swipe: SwipeRecord, reader: Reader, verdict: Verdict): Place | undefined {
  const zoneId = verdict.direction === 'in' ? reader.zoneId : reader.outerZoneId;
  if (zoneId === undefined) return undefined;
  return { buildingId: reader.buildingId, zoneId, since: ruledAt(swipe, verdict), swipeId: swipe.swipeId };
}

/** Returns the instant that the rules used, RFC 3339 in UTC with milliseconds. */
export function ruledAt({ readAt, receivedAt }: SwipeRecord, { timeBasis }: Verdict): string {
  return keyInstant(timeBasis === 'readAt' ? readAt : receivedAt);
}
