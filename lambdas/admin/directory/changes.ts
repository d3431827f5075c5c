import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import {
  Change,
  ChangeId,
  type ChangeState,
  type ChangeStatus,
  compile,
  INDEXES,
  ReplacedMember,
  tenantKey,
} from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { decodeCursor, encodeCursor } from '@swipegate/http/cursor';
import { queryPage } from '@swipegate/http/query-rows';
import Type from 'typebox';

export type ChangeSubject = { kind: 'card' | 'employee'; id: string } | { kind: 'tenant' };

export interface ChangeSearch {
  subject: ChangeSubject;
  limit: number;
  cursor: string | undefined;
}

const isChange = compile(Change);
const isPosition = compile(Type.Object({ requestedKey: Type.String({ minLength: 1 }), changeId: ChangeId }));
const Steps = Type.Object({
  acceptedAt: Type.Optional(Type.String()),
  storedAt: Type.Optional(Type.String()),
  inForceAt: Type.Optional(Type.String()),
  settledAt: Type.Optional(Type.String()),
  outcome: Type.Optional(Type.Enum(['applied', 'rejected'])),
  code: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  replaced: Type.Optional(Type.String()),
});
type Steps = Type.Static<typeof Steps>;
const isSteps = compile(Steps);
const isReplaced = compile(Type.Array(ReplacedMember));

/** Leaves out unknown changes. @param changeIds without duplicates */
export async function readChanges(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  changeIds: readonly string[],
): Promise<Map<string, ChangeStatus>> {
  const keys = changeIds.map((changeId) => ({ tableName, key: { changeKey: tenantKey(tenantId, changeId) } }));
  const rows = (await batchGet(dynamodb, keys)).get(tableName) ?? [];
  return new Map(rows.flatMap(statusOf).map((status) => [status.changeId, status]));
}

/** Reads a page, newest first. Rejects with CursorError or an SDK error. */
export async function changePage(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  { subject, limit, cursor }: ChangeSearch,
): Promise<{ items: ChangeStatus[]; nextCursor?: string }> {
  const [indexName, name, value] = indexOf(subject, tenantId);
  const list = JSON.stringify(['changes', subject]);
  const position = cursor === undefined ? undefined : decodeCursor(cursor, list, isPosition);
  const { rows, more } = await queryPage(
    dynamodb,
    { tableName, indexName, key: [name, value], sortKey: 'requestedKey' },
    {
      from: undefined,
      through: undefined,
      descending: true,
      limit,
      after: position && {
        [name]: value,
        requestedKey: position.requestedKey,
        changeKey: tenantKey(tenantId, position.changeId),
      },
    },
  );
  // The index projects only keys.
  const changeIds = rows.map(({ changeKey }) => String(changeKey).slice(tenantId.length + 1));
  const changes = await readChanges(dynamodb, tableName, tenantId, changeIds);
  const last = more ? rows.at(-1) : undefined;
  return {
    items: changeIds.flatMap((changeId) => changes.get(changeId) ?? []),
    ...(last && {
      nextCursor: encodeCursor(list, { requestedKey: last['requestedKey'], changeId: changeIds.at(-1) }),
    }),
  };
}

function indexOf(subject: ChangeSubject, tenantId: string): [indexName: string, name: string, value: string] {
  switch (subject.kind) {
    case 'tenant':
      return [INDEXES.changes.byTenant, 'tenantId', tenantId];
    case 'card':
      return [INDEXES.changes.byCard, 'cardKey', tenantKey(tenantId, subject.id)];
    case 'employee':
      return [INDEXES.changes.byEmployee, 'employeeKey', tenantKey(tenantId, subject.id)];
  }
}

function statusOf(row: Row): ChangeStatus[] {
  const change = jsonAttribute(row['change']);
  if (!isChange(change) || !isSteps(row)) return [];
  const { acceptedAt, storedAt, inForceAt, settledAt, code, reason } = row;
  const list = jsonAttribute(row.replaced);
  const replaced = isReplaced(list) ? list : undefined;
  const state = stateOf(row);
  const settled = state === 'applied' ? (inForceAt ?? settledAt) : settledAt;
  const steps = Object.entries({ acceptedAt, storedAt, settledAt: settled, code, reason, replaced });
  return [{ ...change, state, ...Object.fromEntries(steps.filter(([, value]) => value !== undefined)) }];
}

/** A block that is in force before its turn counts as applied: its turn cannot undo it. */
function stateOf({ outcome, settledAt, inForceAt, storedAt }: Steps): ChangeState {
  if (outcome !== undefined && settledAt !== undefined) return outcome;
  if (inForceAt !== undefined) return 'applied';
  return storedAt === undefined ? 'accepted' : 'stored';
}
