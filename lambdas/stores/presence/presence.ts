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
import type { Verdict } from '../../decide/rules/rules.js';
import type { History } from './history.js';
import type { DecisionJson } from './json-once.js';
import type { SettledOutboxes } from './settled-outboxes.js';

/**
 * One card's row in the presence table, and the point at which a decision becomes final. Where the holder is and what was
 * decided are written in one conditional write: so a function that dies right after it finds, when the batch comes again,
 * not only that the holder has moved but the decision that moved them.
 */
export const Presence = Type.Object({
  cardKey: Type.String(),
  /** Counts the writes: one is refused when somebody else's came between read and write. */
  version: Type.Integer({ minimum: 1 }),
  /** Place in the stream of the last swipe that counted for where the holder is. */
  sequence: Type.String(),
  employeeId: Type.Optional(Type.String()),
  inside: Type.Optional(Place),
  /** When the holder last moved, outdoors or in, by the clock of the rules: history from before it moves nobody. */
  movedAt: Type.Optional(Timestamp),
  /** Until when an operator has forgiven entries. The gateway's to write: decide reads it, and leaves it as it is. */
  forgivenAt: Type.Optional(Timestamp),
  /** Decisions that may not be in the decisions table yet, oldest first. */
  outbox: Type.Array(Type.Object(Decision.properties)),
  /** Epoch seconds; only for cards that are not known, so that invented ones do not fill the table. */
  expiresAt: Type.Optional(Type.Integer()),
});
export type Presence = Type.Static<typeof Presence>;

const isPresence = compile(Presence);
const isOutbox = compile(Presence.properties.outbox);
const MEMBERS = Object.keys(Presence.properties).filter((name) => name !== 'outbox');

type PresenceRow = Record<Exclude<keyof Presence, 'forgivenAt'> | 'buildingKey' | 'placeKey', unknown>;

/**
 * The row as the table has it, with every member named that is ours, so that a write leaves nothing of the row before it.
 * The outbox is one string, since nobody looks for anything inside it. `buildingKey` and `placeKey` are there only while
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
 * Reads a row of the table; undefined when it is not one of ours.
 * @param settled rows whose outbox need not be looked into: it is taken to be empty
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
 * Whether a decision moves the holder. A grant does. Of history, what a reader let through offline does, and a late way out,
 * since nobody is kept from leaving; a late way in does not, since nobody opened the door. Neither turns the clock back.
 * @param movedAt RFC 3339: when the holder last moved, as far as is known
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

/** Where a move leads: in, to the zone behind the door; out, to the zone before it, or outdoors. */
export function placeAfter(swipe: SwipeRecord, reader: Reader, verdict: Verdict): Place | undefined {
  const zoneId = verdict.direction === 'in' ? reader.zoneId : reader.outerZoneId;
  if (zoneId === undefined) return undefined;
  return { buildingId: reader.buildingId, zoneId, since: ruledAt(swipe, verdict), swipeId: swipe.swipeId };
}

/** The instant that the rules went by, RFC 3339 in UTC with milliseconds. */
export function ruledAt({ readAt, receivedAt }: SwipeRecord, { timeBasis }: Verdict): string {
  return keyInstant(timeBasis === 'readAt' ? readAt : receivedAt);
}
