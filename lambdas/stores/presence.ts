import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isNumber } from '@swipegate/aws/attributes';
import {
  AccessEvent,
  BuildingId,
  compile,
  Decision,
  Direction,
  decisionJson,
  hasExpired,
  keyInstant,
  Outcome,
  Place,
  placeKey,
  placeOfKey,
  ReaderId,
  SwipeId,
  Timestamp,
  tenantKey,
  ZoneId,
} from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';
import { replaceUnreadable } from './replace-unreadable.js';
import { healedVersion, RowVersion } from './row-version.js';

/** Sequence number and sub-sequence number, padded: in another form, text order is not stream order. */
const POSITION = '^(?:[0-9]{56,129}\\.[0-9]{6,})?$';

/**
 * One card's row in the presence table. Writing it makes a decision final: one conditional write stores both the move
 * and the decision. If the function dies right after it, the retried batch finds both.
 */
export const Presence = Type.Object({
  cardKey: Type.String(),
  version: RowVersion,
  /** Highest stream position decided so far; empty before the first. A swipe at or before it does not move the holder. */
  sequence: Type.String({ pattern: POSITION }),
  employeeId: Type.Optional(Type.String()),
  inside: Type.Optional(Place),
  /** Holder's last move, in or out, as `movedInstant` of decide has it. Earlier history does not move the holder. */
  movedAt: Type.Optional(Timestamp),
  /**
   * The holder's place could not be read then. Until the next move they count as inside every zone since that time, so
   * that a broken row opens no door.
   */
  lostAt: Type.Optional(Timestamp),
  /** An operator has forgiven all entries up to this instant. The gateway writes it; decide only reads it. */
  forgivenAt: Type.Optional(Timestamp),
  /** If the last decision is a repeat: the answer that it repeats, with the time that the rules used. */
  repeating: Type.Optional(
    Type.Object({ at: Timestamp, receivedAt: Timestamp, outcome: Outcome, reason: AccessEvent }),
  ),
  /** Decisions that may still be missing from the decisions table, oldest first. */
  outbox: Type.Array(Type.Object(Decision.properties)),
  /** Epoch seconds. Set only for unknown cards, so that invented card ids do not fill the table. */
  expiresAt: Type.Optional(Type.Integer()),
});
export type Presence = Type.Static<typeof Presence>;

/** A row as read. */
export type StoredPresence = Presence & {
  /** Last decision in stream order, if the outbox was left out. */
  last?: Decision | undefined;
};

const isPresence = compile(Presence);
const isOutbox = compile(Presence.properties.outbox);
const isDecision = compile(Presence.properties.outbox.items);
const isBuildingId = compile(BuildingId);
const isZoneId = compile(ZoneId);
const isSwipeId = compile(SwipeId);
const isReaderId = compile(ReaderId);
const isDirection = compile(Direction);
const isTimestamp = compile(Timestamp);
const isPosition = compile(Presence.properties.sequence);
/** Stands in for the unreadable id of the swipe that led to a place. */
const NO_SWIPE = '00000000-0000-0000-0000-000000000000';
const MEMBERS = Object.keys(Presence.properties).filter((name) => name !== 'outbox');

type PresenceRow = Record<Exclude<keyof Presence, 'forgivenAt'> | 'buildingKey' | 'placeKey', unknown>;

/**
 * Converts to a table row. Lists every member that decide writes, even if undefined, so that a write removes old
 * values. Only while the holder is inside, `buildingKey` and `placeKey` put the row into the index by building.
 */
export function presenceRow(presence: Presence, json: (decision: Decision) => string = decisionJson): PresenceRow {
  const { cardKey, version, sequence, employeeId, inside, movedAt, lostAt, repeating, outbox, expiresAt } = presence;
  return {
    cardKey,
    version,
    sequence,
    employeeId,
    inside,
    movedAt,
    lostAt,
    repeating,
    outbox: `[${outbox.map((decision) => json(decision)).join()}]`,
    expiresAt,
    buildingKey: inside && tenantKey(cardKey.slice(0, cardKey.indexOf('/')), inside.buildingId),
    placeKey: inside && placeKey(inside),
  };
}

/** Parses a table row; undefined if it is invalid. @param settled rows whose outbox is treated as empty, unparsed */
export function presenceOf(
  row: Readonly<Record<string, unknown>>,
  settled?: { find(presence: Presence): { last: Decision | undefined } | undefined },
): StoredPresence | undefined {
  const presence: Record<string, unknown> = { outbox: [] };
  for (const name of MEMBERS) {
    const value = row[name];
    if (value !== undefined && value !== null) presence[name] = value;
  }
  if (!isPresence(presence)) return undefined;
  const known = settled?.find(presence);
  if (known !== undefined) return { ...presence, last: known.last };
  const outbox = jsonAttribute(row['outbox']);
  return isOutbox(outbox) ? { ...presence, outbox } : undefined;
}

/** Returns a card's last decision in stream order, if the row still has it. Redriven swipes come later in the outbox. */
export function lastDecision({ outbox, last }: StoredPresence): Decision | undefined {
  let latest = last;
  for (const decision of outbox) {
    if (latest === undefined || decision.sequence > latest.sequence) latest = decision;
  }
  return latest;
}

/** Returns the row as it is once its time to live is over: it still orders swipes, but places no one. */
export function unexpired(presence: StoredPresence, nowMs: number): StoredPresence {
  if (!hasExpired(presence, nowMs)) return presence;
  const { inside: _inside, movedAt: _movedAt, lostAt: _lostAt, ...rest } = presence;
  return rest;
}

/**
 * Keeps the readable parts of a row that {@link presenceOf} refuses, and fails safe for the rest: an unreadable time of
 * entry is the latest possible, an unreadable place counts as every place, unreadable forgiveness as none.
 * @param nowMs ms since the epoch
 */
export function healedPresence(row: Readonly<Record<string, unknown>>, nowMs: number): Presence {
  const { version, sequence, employeeId, expiresAt } = row;
  const healed: Presence = {
    cardKey: String(row['cardKey']),
    version: healedVersion(version),
    sequence: '',
    outbox: decisionsIn(row['outbox']),
  };
  healed.sequence = isPosition(sequence) ? sequence : lastPosition(healed);
  const movedAt = timeOf(row['movedAt']);
  const forgivenAt = timeOf(row['forgivenAt']);
  const knownLostAt = timeOf(row['lostAt']);
  if (typeof employeeId === 'string') healed.employeeId = employeeId;
  if (movedAt !== undefined) healed.movedAt = movedAt;
  if (forgivenAt !== undefined) healed.forgivenAt = forgivenAt;
  if (isCount(expiresAt)) healed.expiresAt = expiresAt;
  const sinceAtLatest = movedAt ?? keyInstant(nowMs);
  // Decide always writes these members. A row without them is a fragment, where a missing place may not mean outdoors.
  const isFragment = !isNumber(version) || typeof sequence !== 'string' || !Array.isArray(jsonAttribute(row['outbox']));
  const inside = placeIn(row, sinceAtLatest) ?? (isFragment ? 'unknown' : undefined);
  if (inside === 'unknown' || hasValue(row['lostAt'])) healed.lostAt = knownLostAt ?? sinceAtLatest;
  if (inside !== 'unknown' && inside !== undefined) healed.inside = inside;
  return healed;
}

/** Writes the healed row, unless another write came first. @throws what the SDK throws */
export function healPresence(
  dynamodb: DynamoDBClient,
  tableName: string,
  { found, healed }: { found: Readonly<Record<string, unknown>>; healed: Presence },
): Promise<void> {
  const { cardKey, ...values } = presenceRow(healed);
  const { forgivenAt } = healed;
  return replaceUnreadable(dynamodb, tableName, { key: { cardKey }, found, values: { ...values, forgivenAt } });
}

/** The position of the last decision in the outbox, if it has one. */
function lastPosition(row: Presence): string {
  const position = lastDecision(row)?.sequence;
  return isPosition(position) ? position : '';
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/** A time in the format of sort keys, if the value is one in any year. */
function timeOf(value: unknown): string | undefined {
  if (isTimestamp(value)) return keyInstant(value);
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : keyInstant(ms);
}

function decisionsIn(outbox: unknown): Presence['outbox'] {
  const values = jsonAttribute(outbox);
  return Array.isArray(values) ? values.filter((value) => isDecision(value)) : [];
}

/** The place in `inside`, or else in the keys of the index, which repeat it. Undefined means outdoors. */
function placeIn(row: Readonly<Record<string, unknown>>, sinceAtLatest: string): Place | 'unknown' | undefined {
  const { inside, buildingKey, placeKey: key } = row;
  if (![inside, buildingKey, key].some(hasValue)) return undefined;
  const place: Partial<Record<string, unknown>> = typeof inside === 'object' && inside !== null ? { ...inside } : {};
  const inKey = typeof key === 'string' ? placeOfKey(key) : undefined;
  const building = typeof buildingKey === 'string' ? buildingKey.slice(buildingKey.indexOf('/') + 1) : undefined;
  const zoneId = [place['zoneId'], inKey?.zoneId].find((id) => isZoneId(id));
  const buildingId = [place['buildingId'], building].find((id) => isBuildingId(id));
  if (!isZoneId(zoneId) || !isBuildingId(buildingId)) return 'unknown';
  const { swipeId } = place;
  const readerId = [place['readerId'], inKey?.readerId].find((id) => isReaderId(id));
  const direction = [place['direction'], inKey?.direction].find((way) => isDirection(way));
  return {
    buildingId,
    zoneId,
    since: timeOf(place['since']) ?? timeOf(inKey?.since) ?? sinceAtLatest,
    swipeId: isSwipeId(swipeId) ? swipeId : NO_SWIPE,
    ...(isReaderId(readerId) ? { readerId } : {}),
    ...(isDirection(direction) ? { direction } : {}),
  };
}
