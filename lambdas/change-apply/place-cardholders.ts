import type { WriteResult } from '@swipegate/aws/batch-write-if';
import { tenantKey } from '@swipegate/contract';
import type { Logger } from 'pino';
import type { Placement } from '../stores/changes/event-store.js';
import type { Presence } from '../stores/presence.js';
import { isPromised, occupantOf } from '../stores/zone-state.js';
import type { MoveMark, PlaceStore, Whereabouts } from './place-store.js';
import type { Carry, Move } from './rules/effects.js';

/** Only swipes of the card or its zone change the row in between. This rarely happens twice. */
const ATTEMPTS = 10;
const STEP_DIGITS = 4;

/** Swipes changed the row during each attempt to write it. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
  readonly code = 'OVERTAKEN';
}

/** DynamoDB refused a write for another reason than its condition. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  readonly code = 'WRITE_REFUSED';
}

export interface PlaceDeps {
  places: PlaceStore;
  logger: Pick<Logger, 'error'>;
}

/** An event: its tenant, and its position as text that sorts in event order within the tenant. */
export interface EventPlace {
  tenantId: string;
  position: string;
}

/**
 * Moves cardholders, one effect after the other: a card's row gives up a former holder's place before it takes the new
 * holder's. Repeats change nothing (see {@link MoveMark}).
 * @throws {OvertakenError}, {WriteError} and what the store throws
 */
export async function placeCardholders(
  effects: readonly (Move | Carry)[],
  event: EventPlace,
  deps: PlaceDeps,
): Promise<Placement[]> {
  const placements: Placement[] = [];
  for (const [i, effect] of effects.entries()) {
    // An event may write a card's row twice: for its former holder, then for its new one.
    const step = { ...event, position: `${event.position}#${String(i).padStart(STEP_DIGITS, '0')}` };
    placements.push(...(effect.kind === 'move' ? await move(effect, step, deps) : await carry(effect, step, deps)));
  }
  return placements;
}

async function move(effect: Move, event: EventPlace, deps: PlaceDeps): Promise<Placement[]> {
  const { cardId, employeeId, inside, movedAt, of } = effect;
  const next = (before: Presence | undefined): Next | undefined => {
    if (inside === undefined && before === undefined) return undefined;
    if (of !== undefined && before?.employeeId !== of.employeeId) return undefined;
    return { employeeId, inside, movedAt };
  };
  const mark = await write(cardId, next, event, deps);
  return mark === undefined ? [] : [placementOf(mark, event, { cardId, employeeId })];
}

/** Removes the place from the old rows before it writes the new row, so a person is never in two rows at once. */
async function carry(
  { employeeId, from, to, movedAt }: Carry,
  event: EventPlace,
  deps: PlaceDeps,
): Promise<Placement[]> {
  const placements: Placement[] = [];
  let taken: Whereabouts | undefined;
  for (const cardId of from) {
    const mark = await write(cardId, givingUp(employeeId), event, deps);
    if (mark === undefined) continue;
    placements.push(placementOf(mark, event, { cardId, employeeId }));
    if (taken === undefined || isLater(mark.from, taken)) taken = mark.from;
  }
  const mark = await write(to, taking(employeeId, taken, movedAt), event, deps);
  if (mark !== undefined) placements.push(placementOf(mark, event, { cardId: to, employeeId }));
  return placements;
}

/** Members of a presence row that an event sets. */
interface Next {
  employeeId?: string | undefined;
  inside?: Whereabouts['inside'] | undefined;
  movedAt?: string | undefined;
}

/** Returns what to set in a row; undefined to leave it. */
type Rule = (before: Presence | undefined) => Next | undefined;

function givingUp(employeeId: string): Rule {
  return (before) => {
    if (before?.inside === undefined || before.employeeId !== employeeId) return undefined;
    return { employeeId, movedAt: before.movedAt ?? before.inside.since };
  };
}

function taking(employeeId: string, taken: Whereabouts | undefined, movedAt: string): Rule {
  return (before) => {
    const isTheirs = before?.employeeId === employeeId;
    if (taken?.inside !== undefined) {
      if (isTheirs && before.inside !== undefined && !isLater(taken, before)) return undefined;
      return { employeeId, inside: taken.inside, movedAt: taken.movedAt ?? taken.inside.since };
    }
    // Someone used the card at an open door before it was the employee's.
    return before?.inside === undefined || isTheirs ? undefined : { employeeId, movedAt };
  };
}

function isLater(one: Whereabouts, other: Whereabouts): boolean {
  return timeOf(one) > timeOf(other);
}

function timeOf({ movedAt, inside }: Whereabouts): number {
  return Date.parse(movedAt ?? inside?.since ?? '') || 0;
}

/**
 * Writes a card's row once for an event, then the zones that it left and entered. Increments the row's version, so a
 * concurrent decision based on the old row fails to commit and is made again.
 * @returns what the event did to the row; undefined if it left the row unchanged
 */
async function write(cardId: string, rule: Rule, event: EventPlace, deps: PlaceDeps): Promise<MoveMark | undefined> {
  const { places, logger } = deps;
  const { tenantId, position } = event;
  const cardKey = tenantKey(tenantId, cardId);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const row = await places.presence(cardKey);
    const before = row?.presence;
    if (row !== undefined && before === undefined) {
      logger.error({ cardKey }, 'presence row cannot be read; healed with what can be read');
      continue;
    }
    if (row?.mark !== undefined && row.mark.position >= position) {
      if (row.mark.position > position) return undefined;
      await alignZones(cardKey, row.mark, event, deps);
      return row.mark;
    }
    const next = rule(before);
    if (next === undefined) return undefined;
    const to = whereabouts(next);
    const after: Presence = {
      cardKey,
      version: (before?.version ?? 0) + 1,
      sequence: before?.sequence ?? '',
      outbox: before?.outbox ?? [],
      ...to,
      ...(next.employeeId === undefined ? {} : { employeeId: next.employeeId }),
    };
    const mark: MoveMark = { position, after: after.sequence, from: before ? whereabouts(before) : {}, to };
    const result = await places.writePresence(after, mark);
    if (isDone(result)) {
      await alignZones(cardKey, mark, event, deps);
      return mark;
    }
  }
  throw new OvertakenError(
    `Swipes changed the presence of the card ${cardId} during each of ${ATTEMPTS} attempts to write it.`,
  );
}

function whereabouts({ inside, movedAt }: Next): Whereabouts {
  return { ...(inside === undefined ? {} : { inside }), ...(movedAt === undefined ? {} : { movedAt }) };
}

async function alignZones(cardKey: string, { from, to }: MoveMark, event: EventPlace, deps: PlaceDeps): Promise<void> {
  const zoneIds = new Set([from.inside?.zoneId, to.inside?.zoneId]);
  for (const zoneId of zoneIds) {
    if (zoneId !== undefined) await alignZone(cardKey, tenantKey(event.tenantId, zoneId), deps);
  }
}

/**
 * Counts a card in a zone's row if the card's row is inside the zone, and only then. decide does so only when the card
 * is swiped, which a lost or returned card no longer is.
 */
async function alignZone(cardKey: string, zoneKey: string, { places }: PlaceDeps): Promise<void> {
  const tenantPrefix = zoneKey.slice(0, zoneKey.indexOf('/') + 1);
  const cardId = cardKey.slice(tenantPrefix.length);
  const occupant = occupantOf(cardId);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const state = await places.zone(zoneKey);
    if (state === undefined) return;
    // Read after the zone: decide writes the zone first, so a later swipe makes the write below fail.
    const presence = (await places.presence(cardKey))?.presence;
    const isInside = presence?.inside !== undefined && zoneKey === `${tenantPrefix}${presence.inside.zoneId}`;
    const isCounted = state.occupants.includes(occupant);
    if (isInside === isCounted) return;
    if (isCounted && isPromised(state.presentations, cardId, presence ?? { sequence: '' })) return;
    const occupants = isInside ? [...state.occupants, occupant] : state.occupants.filter((id) => id !== occupant);
    if (isDone(await places.writeZone({ ...state, version: state.version + 1, occupants }))) return;
  }
  throw new OvertakenError(`Swipes changed the zone ${zoneKey} during each of ${ATTEMPTS} attempts to write it.`);
}

/** @returns false if another write came first @throws {WriteError} for any other result than a write */
function isDone(result: WriteResult): boolean {
  if (typeof result === 'object') throw new WriteError(`${result.code}: ${result.message}`);
  return result === 'written';
}

/** Returns where the event placed a holder, and after which of their swipes. A rebuild from the archive needs this. */
function placementOf(
  { after, to: { inside, movedAt = '' } }: MoveMark,
  { tenantId }: EventPlace,
  { cardId, employeeId }: { cardId: string; employeeId: string | undefined },
): Placement {
  return {
    tenantId,
    cardId,
    afterSequence: after,
    movedAt,
    ...(inside === undefined ? {} : { place: inside }),
    ...(employeeId === undefined ? {} : { employeeId }),
  };
}
