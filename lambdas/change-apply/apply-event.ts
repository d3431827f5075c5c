import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf, type Row, rowOf } from '@swipegate/aws/attributes';
import { type Change, compile, type ReplacedMember, subjectOf, tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import Type from 'typebox';
import { addToChange, changeRow } from '../stores/changes/change-table.js';
import type { EventStore } from '../stores/changes/event-store.js';
import { holdOf } from '../stores/holds.js';
import { type CarryOutDeps, carryOut } from './carry-out.js';
import { type FactReader, UnreadableRowError } from './fact-reader.js';
import { applied, type ChangeResult, Effect, type Release, rejected } from './rules/effects.js';
import { evaluateChange, replacedBy } from './rules/evaluate-change.js';

/** Stored form of a {@link ChangeResult}. It is written once, before any of its effects. */
const ResultRow = Type.Object({
  outcome: Type.Enum(['applied', 'rejected']),
  position: Type.String(),
  effects: Type.Optional(Type.String()),
  settledAt: Type.Optional(Type.String()),
});
const isRowInForce = compile(Type.Object({ inForceAt: Type.String() }));
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
  const row = await readRow(change, deps);
  const result = resultOf(change, row) ?? (await writeResult(change, { position, isInForce: isRowInForce(row) }, deps));
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

async function readRow(change: Change, { dynamodb, tables }: ApplyDeps): Promise<Row | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: tables.TABLE_CHANGES,
      Key: itemOf({ changeKey: tenantKey(change.tenantId, change.changeId) }),
      ConsistentRead: true,
    }),
  );
  return Item && rowOf(Item);
}

function resultOf(change: Change, row: Row | undefined): StoredResult | undefined {
  if (row === undefined || !isResultRow(row)) return undefined;
  const effects = jsonAttribute(row.effects ?? '[]');
  if (!isEffects(effects))
    throw new UnreadableRowError(`The stored effects of the change ${change.changeId} are invalid.`);
  return { position: row.position, effects, isOver: row.settledAt !== undefined };
}

async function writeResult(
  change: Change,
  { position, isInForce }: { position: string; isInForce: boolean },
  deps: ApplyDeps,
): Promise<StoredResult> {
  const { tenantId, changeId, content } = change;
  // A block in force was checked against the expected state when it was accepted.
  const { expects, ...asked } = change;
  const { result: own, holderId, replaced } = await evaluate(isInForce ? asked : change, deps);
  // A block that was in force before its turn is reported as applied. The card stays blocked, whatever its state is now.
  const result = own.outcome === 'rejected' && isInForce ? applied() : own;
  const effects = [...(result.outcome === 'applied' ? result.effects : []), ...releasesOf(change, result)];
  const members = {
    ...result,
    replaced: replaced.length === 0 ? undefined : JSON.stringify(replaced),
    effects: effects.length === 0 ? undefined : JSON.stringify(effects),
    settledAt: effects.length === 0 ? new Date(deps.now()).toISOString() : undefined,
  };
  // A change to a card also belongs to the history of its holder, who is known only now.
  const holder = holderId === undefined ? {} : { employeeKey: tenantKey(tenantId, holderId) };
  const row = { ...changeRow(change), ...holder, ...members, position };
  const isFirst = await addToChange(deps.dynamodb, deps.tables.TABLE_CHANGES, change, row, 'outcome');
  if (!isFirst) {
    const other = resultOf(change, await readRow(change, deps));
    if (other !== undefined) return other;
    throw new UnreadableRowError(`The row of the change ${changeId} is invalid.`);
  }
  if (result.outcome === 'rejected')
    deps.logger.info({ tenantId, changeId, type: content.type, code: result.code }, 'change rejected');
  return { position, effects, isOver: effects.length === 0 };
}

/** A report of an unknown card keeps its hold: a link that was requested before it may be on its way. */
function releasesOf(change: Change, result: ChangeResult): Release[] {
  const hold = holdOf(change);
  if (hold === undefined) return [];
  const { content } = change;
  const isUnknown = result.outcome === 'rejected' && result.code === 'card-unknown';
  const isKept = isUnknown && content.type === 'change-card' && content.action !== 'unlink';
  return isKept ? [] : [{ kind: 'release', ...hold }];
}

/** Evaluates a change by the stored facts. Rejects it if a row cannot be read, so that later changes are not blocked. */
async function evaluate(
  change: Change,
  { facts, logger }: ApplyDeps,
): Promise<{ result: ChangeResult; holderId?: string | undefined; replaced: ReplacedMember[] }> {
  try {
    const known = await facts.read(change);
    const { content } = change;
    const { cardId, employeeId } = subjectOf(content);
    const holder = content.type === 'mark-outside' ? known.employee : known.card;
    const holderId = cardId !== undefined && employeeId === undefined ? holder?.employeeId : undefined;
    const result = evaluateChange(change, known);
    return { result, holderId, replaced: replacedBy(change, known, result) };
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    logger.error({ err: error, changeId: change.changeId }, 'change rejected because a row cannot be read');
    return { result: rejected('unreadable', error.message), replaced: [] };
  }
}
