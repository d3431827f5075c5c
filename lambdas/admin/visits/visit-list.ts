import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { compile, EmployeeId, FIRST_NAME, INDEXES, instantMs, tenantKey, visitsFrom } from '@swipegate/contract';
import { heldEmployee } from '@swipegate/contract/back-office/holds';
import type { VisitEntry, VisitPage, VisitState } from '@swipegate/contract/back-office/visits';
import { decodeCursor, encodeCursor } from '@swipegate/http/cursor';
import { queryPage } from '@swipegate/http/query-rows';
import type { AdminUser } from '@swipegate/http/sign-in/token-verifier';
import { employeeNames } from '@swipegate/movements/muster-list';
import Type from 'typebox';
import { EmployeeRow } from '../../stores/employee-row.js';
import { linkedTo, readCardsWithPresence } from '../directory/cards.js';

const isRow = compile(EmployeeRow);
const Position = Type.Object({ nameKey: Type.String({ minLength: 1 }), employeeId: EmployeeId });
const isPosition = compile(Position);

export interface VisitSearch {
  /** Visits that end at or after this instant, RFC 3339. */
  endsFrom: string;
  /** Only visits of this building. Undefined: all. */
  buildingId: string | undefined;
  limit: number;
  cursor: string | undefined;
  /** ms since the epoch. */
  nowMs: number;
}

/** Reads a page of visits, by their end. Rejects with CursorError or an SDK error. */
export async function visitPage(
  dynamodb: DynamoDBClient,
  tables: { TABLE_EMPLOYEES: string; TABLE_CARDS: string; TABLE_PRESENCE: string },
  user: AdminUser,
  { endsFrom, buildingId, limit, cursor, nowMs }: VisitSearch,
): Promise<VisitPage> {
  const { tenantId } = user;
  const tableName = tables.TABLE_EMPLOYEES;
  // Without the instant: a default of `endsFrom` moves on while the user pages.
  const list = JSON.stringify(['visits', buildingId]);
  const position = cursor === undefined ? undefined : decodeCursor(cursor, list, isPosition);
  const { rows, more } = await queryPage(
    dynamodb,
    { tableName, indexName: INDEXES.employees.byName, key: ['tenantId', tenantId], sortKey: 'nameKey' },
    {
      from: position?.nameKey ?? visitsFrom(endsFrom),
      through: FIRST_NAME,
      descending: false,
      limit,
      after: position && {
        tenantId,
        nameKey: position.nameKey,
        employeeKey: tenantKey(tenantId, position.employeeId),
      },
      filter: (row) =>
        isRow(row) && row.visit !== undefined && row.visit.buildingId === (buildingId ?? row.visit.buildingId),
    },
  );
  const visitors = rows.flatMap((row) => (isRow(row) ? heldEmployee(row, row) : []));
  const hostIds = new Set(visitors.flatMap(({ visit }) => visit?.hostId ?? []));
  const [names, cards] = await Promise.all([
    employeeNames(dynamodb, tableName)(tenantId, hostIds),
    readCardsWithPresence(
      dynamodb,
      tables,
      user,
      visitors.flatMap(({ cardIds = [], formerCardIds = [] }) => Array.from(new Set([...cardIds, ...formerCardIds]))),
    ),
  ]);
  const items = visitors.flatMap(({ employeeId, name, active, accessLevelIds, visit }): VisitEntry[] => {
    if (visit === undefined) return [];
    const card = linkedTo(employeeId, cards)[0];
    const hostName = names.get(visit.hostId);
    return [
      {
        employeeId,
        name,
        accessLevelIds,
        ...visit,
        ...(hostName === undefined ? {} : { hostName }),
        state: visitState({ active, visit }, nowMs),
        ...(card === undefined ? {} : { cardId: card.cardId }),
        inside: card?.presence.inside === true,
      },
    ];
  });
  const last = more ? rows.at(-1) : undefined;
  return {
    items,
    ...(last && { nextCursor: encodeCursor(list, { nameKey: last['nameKey'], employeeId: last['employeeId'] }) }),
  };
}

/** Returns the state of a visit at an instant. Pure. @param nowMs ms since the epoch */
export function visitState(
  { active, visit: { until, checkedInAt } }: Required<Pick<EmployeeRow, 'active' | 'visit'>>,
  nowMs: number,
): VisitState {
  if (!active) return 'checked-out';
  const isOver = nowMs >= instantMs(until);
  if (checkedInAt === undefined) return isOver ? 'missed' : 'expected';
  return isOver ? 'overdue' : 'checked-in';
}
