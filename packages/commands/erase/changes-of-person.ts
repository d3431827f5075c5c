import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ErasureError } from './erasure-error.js';
import type { Person } from './person.js';
import { changeRows, type StoredChange, storedChangeOf } from './stored-changes.js';
import { reasonWithoutPerson } from './without-person.js';

/** Changes that the erasure rewrites. */
export interface ChangesOfPerson {
  /** Number of the tenant's changes that were read. */
  read: number;
  /** Changes that name the person by id: in their content, their effects or the reason for a rejection. */
  naming: StoredChange[];
  /** Changes of a card while it was theirs. They do not name the person, but their `why` may. */
  ofCards: StoredChange[];
}

/** Longer than a change message can wait: 7 days in its queue, then 14 days in the dead-letter queue. */
const UNDER_WAY_MS = 21 * 86_400_000;

/**
 * Reads all changes of the tenant, because the person can appear under other people's index keys: for example, in a
 * rejected link of a card that was theirs.
 *
 * @param nowMs ms since the epoch
 * @throws {ErasureError} when a change of theirs is unreadable or still in progress; also what the SDK throws
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
          `This version cannot read the row ${row['changeKey']} of ${tableName}. Repair the row, then run the command again.`,
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
    `The change ${change.changeId} of ${change.requestedAt} is still in progress. Run the command again when it is settled.`,
  );
}

/** Every card that was ever theirs. The value is true if they held it when they were erased. */
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
 * A card belongs to a person from the moment it is linked to them until it is linked to another person. Changes after
 * it was taken away still count as theirs. Before the first link (as on a seeded site) the holder comes from the
 * effects of the changes.
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
    // A rejected link is about the employee it was requested for.
    if (content.type === 'link-card') return content.employeeId === employeeId;
    return holder === employeeId;
  });
}

function isLink({ change, outcome }: StoredChange): boolean {
  return change.content.type === 'link-card' && outcome === 'applied';
}

/** Holders that the effects of a change name. */
function holderShown({ effects }: StoredChange): string[] {
  return effects.flatMap((effect) => {
    const holder = effect.kind === 'put' ? effect.values['employeeId'] : undefined;
    return typeof holder === 'string' ? [holder] : [];
  });
}
