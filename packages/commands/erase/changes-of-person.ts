import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ErasureError } from './erasure-error.js';
import type { Person } from './person.js';
import { changeRows, type StoredChange, storedChangeOf } from './stored-changes.js';
import { reasonWithoutPerson } from './without-person.js';

/** Changes that are not to stay as they are. */
export interface ChangesOfPerson {
  /** Changes of the tenant that were read. */
  read: number;
  /** They name the person: by id, in what they ask for, what they did, or why they were refused. */
  naming: StoredChange[];
  /** They are about a card while it was theirs, and name nobody; why they were asked for may. */
  ofCards: StoredChange[];
}

/** Longer than a message of a change can wait: 7 days in its queue, then 14 in the one of what failed. */
const UNDER_WAY_MS = 21 * 86_400_000;

/**
 * Reads all changes of the tenant: what names somebody stands under others' index keys too, such as a card that could not be
 * given to somebody because it was theirs.
 *
 * @param nowMs since the epoch
 * @throws {ErasureError} where a change of theirs cannot be read, or has not come to its end; and what the SDK throws
 */
export async function changesOfPerson(
  dynamodb: DynamoDBClient,
  { tableName, person, nowMs }: { tableName: string; person: Person; nowMs: number },
): Promise<ChangesOfPerson> {
  const { tenantId } = person;
  const found: ChangesOfPerson = { read: 0, naming: [], ofCards: [] };
  for await (const rows of changeRows(dynamodb, { tableName, tenantId })) {
    found.read += rows.length;
    for (const row of rows) {
      if (!person.isIn(row) && !saysReason(row['reason'], person)) continue;
      const stored = storedChangeOf(row);
      if (stored === undefined) {
        throw new ErasureError(
          'CHANGE_UNREADABLE',
          `The row ${row['changeKey']} of ${tableName} is not one that this version can read: put it right first.`,
        );
      }
      checkSettled(stored, nowMs);
      found.naming.push(stored);
    }
  }
  const named = new Set(found.naming.map(({ change }) => change.changeId));
  for (const [cardId, hadAtErasure] of cardsOf(found.naming, person)) {
    const ofCard: StoredChange[] = [];
    for await (const rows of changeRows(dynamodb, { tableName, tenantId, cardId })) {
      ofCard.push(...rows.flatMap((row) => storedChangeOf(row) ?? []));
    }
    const theirs = whileTheirs(ofCard, { person, hadAtErasure });
    found.ofCards.push(...theirs.filter(({ change }) => !named.has(change.changeId)));
  }
  return found;
}

function saysReason(reason: unknown, person: Person): boolean {
  return typeof reason === 'string' && reasonWithoutPerson(reason, person) !== reason;
}

function checkSettled({ isSettled, change }: StoredChange, nowMs: number): void {
  if (isSettled || nowMs - Date.parse(change.requestedAt) > UNDER_WAY_MS) return;
  throw new ErasureError(
    'CHANGE_UNDER_WAY',
    `The change ${change.changeId} of ${change.requestedAt} has not come to its end: run it again when it has.`,
  );
}

/** Cards that were ever theirs, and whether they were when they were erased. */
function cardsOf(changes: readonly StoredChange[], { employeeId }: Person): Map<string, boolean> {
  const cards = new Map<string, boolean>();
  for (const { change, effects, outcome } of changes) {
    const { content } = change;
    if (outcome !== 'applied') continue;
    if (content.type === 'link-card' && content.employeeId === employeeId) note(content.cardId, false);
    if (content.type === 'change-card') note(content.cardId, false);
    if (content.type !== 'erase-employee' || content.employeeId !== employeeId) continue;
    for (const effect of effects) {
      if (effect.kind === 'put' && effect.table === 'cards') note(String(effect.values['cardId']), true);
    }
  }
  return cards;

  function note(cardId: string, hadAtErasure: boolean): void {
    cards.set(cardId, hadAtErasure || (cards.get(cardId) ?? false));
  }
}

/**
 * A card is somebody's from when it is linked to them until it is linked to somebody else: what is done to it after it was taken
 * from them is still told of them. A card that was theirs before its first link, as of a site that was seeded, is told by what
 * changes of it did.
 */
export function whileTheirs(
  ofCard: readonly StoredChange[],
  { person: { employeeId }, hadAtErasure }: { person: Person; hadAtErasure: boolean },
): StoredChange[] {
  const inOrder = ofCard.toSorted((a, b) => (a.position < b.position ? -1 : 1));
  const first = inOrder.findIndex(isLink);
  const before = first === -1 ? inOrder : inOrder.slice(0, first);
  let holder = before.flatMap(holderShown)[0] ?? (hadAtErasure && first === -1 ? employeeId : undefined);
  return inOrder.filter((stored) => {
    const { content } = stored.change;
    if (isLink(stored) && content.type === 'link-card') holder = content.employeeId;
    // One that was refused is about whom it was asked for.
    if (content.type === 'link-card') return content.employeeId === employeeId;
    return holder === employeeId;
  });
}

function isLink({ change, outcome }: StoredChange): boolean {
  return change.content.type === 'link-card' && outcome === 'applied';
}

/** Whose card it is or was by what a change did. */
function holderShown({ effects }: StoredChange): string[] {
  return effects.flatMap((effect) => {
    const holder = effect.kind === 'put' ? effect.values['employeeId'] : undefined;
    return typeof holder === 'string' ? [holder] : [];
  });
}
