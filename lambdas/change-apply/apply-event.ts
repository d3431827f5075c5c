import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf, rowOf } from '@swipegate/aws/attributes';
import { type Change, compile, subjectOf, tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';
import { addToChange, changeRow } from '../stores/changes/change-table.js';
import type { EventStore } from '../stores/changes/event-store.js';
import { type CarryOutDeps, carryOut } from './carry-out.js';
import { type ChangeResult, Effect, rejected } from './effects.js';
import { evaluateChange } from './evaluate-change.js';
import { type FactReader, UnreadableRowError } from './facts.js';

/** Stored form of a {@link ChangeResult}. It is written once, before any of its effects. */
const ResultRow = Type.Object({
  outcome: Type.Enum(['applied', 'rejected']),
  position: Type.String(),
  effects: Type.Optional(Type.String()),
  settledAt: Type.Optional(Type.String()),
});
const isResultRow = compile(ResultRow);
const isEffects = compile(Type.Array(Effect));

export interface ApplyDeps extends CarryOutDeps {
  facts: Pick<FactReader, 'read'>;
  events: Pick<EventStore, 'putPlacements'>;
  /** ms since the epoch. */
  now(): number;
}

/**
 * Applies one event exactly once, however often it is called: it stores the result with a conditional write, then
 * carries out the effects. A call after a crash repeats the same effects, which rows that already have them refuse.
 * Events of a tenant must be applied in order.
 * @param position of the event, as text that sorts in event order within a tenant
 * @throws what the SDK throws; the caller must then call again
 */
export async function applyEvent(change: Change, position: string, deps: ApplyDeps): Promise<void> {
  const { tenantId, changeId, content } = change;
  const result = (await readResult(change, deps)) ?? (await writeResult(change, position, deps));
  if (result.isOver) return;
  const placements = await carryOut(result.effects, { tenantId, position: result.position }, deps);
  if (placements.length > 0) await deps.events.putPlacements(change, result.position, placements);
  const settledAt = new Date(deps.now()).toISOString();
  await addToChange(deps.dynamodb, deps.tables.TABLE_CHANGES, change, { settledAt }, 'settledAt');
  deps.logger.info({ tenantId, changeId, type: content.type, effects: result.effects.length }, 'change applied');
}

interface StoredResult {
  position: string;
  effects: Effect[];
  /** Nothing is left to do. */
  isOver: boolean;
}

async function readResult(change: Change, { dynamodb, tables }: ApplyDeps): Promise<StoredResult | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: tables.TABLE_CHANGES,
      Key: itemOf({ changeKey: tenantKey(change.tenantId, change.changeId) }),
      ConsistentRead: true,
    }),
  );
  const row = Item && rowOf(Item);
  if (row === undefined || !isResultRow(row)) return undefined;
  const effects = jsonAttribute(row.effects ?? '[]');
  if (!isEffects(effects))
    throw new UnreadableRowError(`The stored effects of the change ${change.changeId} are invalid.`);
  return { position: row.position, effects, isOver: row.settledAt !== undefined };
}

async function writeResult(change: Change, position: string, deps: ApplyDeps): Promise<StoredResult> {
  const { tenantId, changeId, content } = change;
  const { result, holderId } = await evaluate(change, deps);
  const members =
    result.outcome === 'applied'
      ? { outcome: result.outcome, effects: JSON.stringify(result.effects) }
      : { ...result, settledAt: new Date(deps.now()).toISOString() };
  // A change to a card also belongs to the history of its holder, who is known only now.
  const holder = holderId === undefined ? {} : { employeeKey: tenantKey(tenantId, holderId) };
  const row = { ...changeRow(change), ...holder, ...members, position };
  const isFirst = await addToChange(deps.dynamodb, deps.tables.TABLE_CHANGES, change, row, 'outcome');
  if (!isFirst) {
    const other = await readResult(change, deps);
    if (other !== undefined) return other;
    throw new UnreadableRowError(`The row of the change ${changeId} is invalid.`);
  }
  if (result.outcome === 'applied') return { position, effects: result.effects, isOver: false };
  deps.logger.info({ tenantId, changeId, type: content.type, code: result.code }, 'change rejected');
  return { position, effects: [], isOver: true };
}

/** Evaluates a change by the stored facts. Rejects it if a row cannot be read, so that later changes are not blocked. */
async function evaluate(
  change: Change,
  { facts, logger }: ApplyDeps,
): Promise<{ result: ChangeResult; holderId?: string | undefined }> {
  try {
    const known = await facts.read(change);
    const { cardId, employeeId } = subjectOf(change.content);
    const holderId = cardId !== undefined && employeeId === undefined ? known.card?.employeeId : undefined;
    return { result: evaluateChange(change, known), holderId };
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    logger.error({ err: error, changeId: change.changeId }, 'change rejected because a row cannot be read');
    return { result: rejected('unreadable', error.message) };
  }
}
