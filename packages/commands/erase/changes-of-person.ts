import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { piecesOf } from '@swipegate/aws/in-lanes';
import { type PartitionQuery, queryPages } from '@swipegate/aws/pages';
import {
  Change,
  type ChangeContent,
  type ContentOf,
  compile,
  INDEXES,
  subjectOf,
  tenantKey,
} from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { Effect } from '@swipegate/lambdas/change-apply/rules/effects';
import { ERASED_NAME } from '@swipegate/lambdas/stores/employee-row';
import Type from 'typebox';
import { ErasureError } from './erasure-report.js';
import { type Person, reasonWithoutPerson, withoutPerson } from './person.js';

export interface StoredChange {
  /** The JSON as it was read: a write requires that it is unchanged. */
  text: string;
  change: Change;
  effects: readonly Effect[];
  outcome: 'applied' | 'rejected' | undefined;
  /** A sentence. */
  reason: string | undefined;
  /** Position of the event among its tenant's events; empty if the event is not stored yet. */
  position: string;
  isSettled: boolean;
  /** Index key of the employee whose history lists the change: the one it names, or the holder of the card. */
  employeeKey: string | undefined;
}

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

const ROWS_AT_ONCE = 500;

export const isChange = compile(Change);
const isEffects = compile(Type.Array(Effect));
const isSteps = compile(
  Type.Object({
    change: Type.String(),
    outcome: Type.Optional(Type.Enum(['applied', 'rejected'])),
    reason: Type.Optional(Type.String()),
    position: Type.Optional(Type.String()),
    settledAt: Type.Optional(Type.String()),
    effects: Type.Optional(Type.String()),
    employeeKey: Type.Optional(Type.String()),
  }),
);

/**
 * Reads all changes of the tenant, because the person can appear under other people's index keys. An example is a
 * rejected link of a card that was theirs.
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
    if (isLinkOf(content) && content.employeeId === employeeId) note(content.cardId, false);
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
 * Selects the changes while the card was linked to the person, and after that until it was linked to another person.
 * Before the first link (as on a seeded site) the holder comes from the effects of the changes.
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
    if (isLink(stored) && isLinkOf(content)) holder = content.employeeId;
    // A rejected link is about the employee it was requested for.
    if (isLinkOf(content)) return content.employeeId === employeeId;
    return holder === employeeId;
  });
}

function isLink({ change, outcome }: StoredChange): boolean {
  return isLinkOf(change.content) && outcome === 'applied';
}

function isLinkOf(content: ChangeContent): content is ContentOf<'link-card' | 'check-in-visit'> {
  return content.type === 'link-card' || content.type === 'check-in-visit';
}

/** Holders that the effects of a change name. */
function holderShown({ effects }: StoredChange): string[] {
  return effects.flatMap((effect) => {
    const holder = effect.kind === 'put' ? effect.values['employeeId'] : undefined;
    return typeof holder === 'string' ? [holder] : [];
  });
}

/** Removes the person from a change, and its free text `why` if the change is about the person or names them there. */
export function changeWithoutPerson(change: Change, { person, isAbout }: { person: Person; isAbout: boolean }): Change {
  const rest = withoutPerson(change, person);
  if (!isChange(rest)) throw new TypeError(`The change ${change.changeId} is not valid without the person`);
  // The version that a change expects holds a hash of the name.
  const { expects: _, ...about } = rest;
  if (isAbout) return { ...about, why: ERASED_NAME };
  return person.isInSentence(change.why) ? { ...rest, why: ERASED_NAME } : rest;
}

/** Whether a change is about the person. A mention, such as in a link rejected because of them, is not enough. */
export function isAbout({ change, effects, employeeKey }: StoredChange, person: Person): boolean {
  const { employeeId } = subjectOf(change.content);
  if (employeeId !== undefined) return employeeId === person.employeeId;
  return employeeKey === person.employeeKey || person.isIn(effects);
}

/** @returns undefined when this version cannot read the row */
export function storedChangeOf(row: Row): StoredChange | undefined {
  if (!isSteps(row)) return undefined;
  const change = jsonAttribute(row.change);
  const effects = jsonAttribute(row.effects ?? '[]');
  if (!isChange(change) || !isEffects(effects)) return undefined;
  const { change: text, outcome, reason, position = '', settledAt, employeeKey } = row;
  return { text, change, effects, outcome, reason, position, isSettled: settledAt !== undefined, employeeKey };
}

/** Yields the changes of a card, or of all cards of the tenant, like {@link indexedRows}. */
export function changeRows(
  dynamodb: DynamoDBClient,
  { tableName, tenantId, cardId }: { tableName: string; tenantId: string; cardId?: string },
): AsyncGenerator<Row[]> {
  const index =
    cardId === undefined
      ? { indexName: INDEXES.changes.byTenant, key: ['tenantId', tenantId] as const }
      : { indexName: INDEXES.changes.byCard, key: ['cardKey', tenantKey(tenantId, cardId)] as const };
  return indexedRows(dynamodb, { tableName, ...index, members: ['changeKey'] });
}

/**
 * Yields the rows that an index lists, up to 500 at a time, read from the table, because the index lags behind it.
 * Rejects with the error of the SDK. @param query its members are the keys of the table
 */
export async function* indexedRows(
  dynamodb: DynamoDBClient,
  query: PartitionQuery & { members: readonly string[] },
): AsyncGenerator<Row[]> {
  const { tableName, members } = query;
  for await (const page of queryPages(dynamodb, query)) {
    for (const piece of piecesOf(page, ROWS_AT_ONCE)) {
      const keys = piece.map((row) => ({
        tableName,
        key: Object.fromEntries(members.map((member) => [member, String(row[member])])),
      }));
      yield (await batchGet(dynamodb, keys)).get(tableName) ?? [];
    }
  }
}
