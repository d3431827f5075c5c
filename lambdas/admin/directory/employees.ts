import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import {
  type Cardholder,
  compile,
  EmployeeId,
  type EmployeePage,
  type EmployeeSummary,
  INDEXES,
  tenantKey,
} from '@swipegate/contract';
import { heldEmployee } from '@swipegate/contract/back-office/holds';
import { cardFinder } from '@swipegate/contract/cards/card-number-readings';
import { searchFor } from '@swipegate/contract/values/plain-text';
import { decodeCursor, encodeCursor } from '@swipegate/http/cursor';
import { queryPage, type Row } from '@swipegate/http/query-rows';
import Type from 'typebox';
import { EmployeeRow } from '../../stores/employee-row.js';
import { permitFor } from './access.js';
import { cardNumbersOf } from './card-search.js';
import { linkedTo, readCards } from './cards.js';

export interface EmployeeSearch {
  /** Words that the name, the id and the card numbers must hold: see {@link searchFor}. */
  search: string | undefined;
  /** Only active employees whom one of these levels, or a permit that is not over, lets into the zone. Undefined: all. */
  into?: { zoneId: string; accessLevelIds: readonly string[] };
  limit: number;
  cursor: string | undefined;
}

const isEmployee = compile(EmployeeRow);
const Position = Type.Object({ nameKey: Type.String({ minLength: 1 }), employeeId: EmployeeId });
const isPosition = compile(Position);

/** Reads a page, sorted by name. Rejects with CursorError or an SDK error. */
export async function employeePage(
  dynamodb: DynamoDBClient,
  tables: { TABLE_EMPLOYEES: string; TABLE_CARDS: string; TABLE_SITE: string },
  tenantId: string,
  { search, into, limit, cursor }: EmployeeSearch,
): Promise<Omit<EmployeePage, 'items'> & { items: (EmployeeSummary & Pick<Cardholder, 'zonePermits'>)[] }> {
  const list = JSON.stringify(['employees', search, into?.zoneId, into?.accessLevelIds]);
  const mayBeNumber = search !== undefined && /\d/.test(search);
  const hasNumber = mayBeNumber
    ? cardFinder(search, await cardNumbersOf(dynamodb, tables.TABLE_SITE, tenantId))
    : undefined;
  const position = cursor === undefined ? undefined : decodeCursor(cursor, list, isPosition);
  const { rows, more } = await queryPage(
    dynamodb,
    {
      tableName: tables.TABLE_EMPLOYEES,
      indexName: INDEXES.employees.byName,
      key: ['tenantId', tenantId],
      sortKey: 'nameKey',
    },
    {
      from: undefined,
      through: undefined,
      descending: false,
      limit,
      after: position && {
        tenantId,
        nameKey: position.nameKey,
        employeeKey: tenantKey(tenantId, position.employeeId),
      },
      filter: filterOf(search, hasNumber, into),
    },
  );
  const employees = rows.flatMap((row) => (isEmployee(row) ? [heldEmployee(row, row)] : []));
  const cards = await readCards(
    dynamodb,
    tables.TABLE_CARDS,
    tenantId,
    employees.flatMap(({ cardIds = [] }) => cardIds),
  );
  const last = more ? rows.at(-1) : undefined;
  return {
    items: employees.map(({ employeeId, name, active, accessLevelIds, zonePermits, cardIds = [] }) => ({
      employeeId,
      name,
      active,
      accessLevelIds,
      ...(into !== undefined && zonePermits !== undefined ? { zonePermits } : {}),
      cards: linkedTo(
        employeeId,
        cardIds.flatMap((cardId) => cards.get(cardId) ?? []),
      ),
    })),
    ...(last && { nextCursor: encodeCursor(list, { nameKey: last['nameKey'], employeeId: last['employeeId'] }) }),
  };
}

/** @returns undefined if the employee does not exist */
export async function findEmployee(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  employeeId: string,
): Promise<EmployeeRow | undefined> {
  const key = { employeeKey: tenantKey(tenantId, employeeId) };
  const row = (await batchGet(dynamodb, [{ tableName, key }])).get(tableName)?.[0];
  return isEmployee(row) ? heldEmployee(row, row) : undefined;
}

/** @param hasNumber whether a card has the number that the search may be */
function filterOf(
  search: string | undefined,
  hasNumber: ((cardId: string) => boolean) | undefined,
  into: EmployeeSearch['into'],
): ((row: Row) => boolean) | undefined {
  if (into !== undefined) {
    const { zoneId, accessLevelIds } = into;
    const isOneOf = (id: string) => accessLevelIds.includes(id);
    const nowMs = Date.now();
    return (row) =>
      isEmployee(row) &&
      heldEmployee(row, row).active &&
      (row.accessLevelIds.some(isOneOf) || permitFor(zoneId, row, nowMs) !== undefined);
  }
  const isFound = search === undefined ? undefined : searchFor(search);
  return (
    isFound &&
    ((row) => {
      if (!isEmployee(row)) return false;
      const { name, employeeId, cardIds = [] } = row;
      return isFound(name, employeeId, ...cardIds) || (hasNumber !== undefined && cardIds.some(hasNumber));
    })
  );
}
