import Type from 'typebox';
import { compile, Decision, Place, type Reader, type SwipeRecord } from '../../gateway/contract/index.js';
import type { Verdict } from './rules.js';

/**
 * One card's row in the presence table, and the point at which a decision becomes final. Where the holder is and what was
 * decided are written in one conditional put: so a function that dies right after it finds, when the batch comes again,
 * not only that the holder has moved but the decision that moved them.
 */
export const Presence = Type.Object({
  cardKey: Type.String(),
  /** Counts the puts: a put is refused when somebody else's came between read and write. */
  version: Type.Integer({ minimum: 1 }),
  /** Place in the stream of the last swipe that counted for where the holder is. */
  sequence: Type.String(),
  inside: Type.Optional(Place),
  /** Decisions that may not be in the decisions table yet, oldest first. */
  outbox: Type.Array(Type.Object(Decision.properties)),
  /** Epoch seconds; only for cards that are not known, so that invented ones do not fill the table. */
  expiresAt: Type.Optional(Type.Integer()),
});
export type Presence = Type.Static<typeof Presence>;

const isPresence = compile(Presence);

interface PresenceRow extends Record<keyof Presence, unknown> {
  cardKey: string;
}

/**
 * The row as the table has it, with every member named, so that a write leaves nothing of the row before it. The outbox is
 * one string, since nobody looks for anything inside it.
 */
export function presenceRow({ cardKey, version, sequence, inside, outbox, expiresAt }: Presence): PresenceRow {
  return { cardKey, version, sequence, inside, outbox: JSON.stringify(outbox), expiresAt };
}

/** Reads a row of the table; undefined when it is not one of ours. */
export function presenceOf(row: Readonly<Record<string, unknown>>): Presence | undefined {
  const members = Object.entries(row).filter(([, value]) => value !== null);
  const presence: unknown = { ...Object.fromEntries(members), outbox: parse(row['outbox']) };
  return isPresence(presence) ? presence : undefined;
}

function parse(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/**
 * Where the holder is after a decision. Pure. Who is denied stays where they are; who goes in is in the zone behind the
 * door; who goes out is in the zone before it, or outdoors.
 */
export function placeAfter(
  inside: Place | undefined,
  swipe: SwipeRecord,
  reader: Reader | undefined,
  verdict: Verdict,
): Place | undefined {
  if (verdict.outcome === 'denied' || reader === undefined) return inside;
  const zoneId = verdict.direction === 'in' ? reader.zoneId : reader.outerZoneId;
  if (zoneId === undefined) return undefined;
  const since = new Date(verdict.atMs).toISOString();
  return { buildingId: reader.buildingId, zoneId, since, swipeId: swipe.swipeId };
}
