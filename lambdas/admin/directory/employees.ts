import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import {
  type Cardholder,
  compile,
  EmployeeId,
  type EmployeePage,
  type EmployeeSummary,
  FIRST_NAME,
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
  into?: { zoneId: string; accessLevelIds: readonly string[] } | undefined;
  /** Default: all employees. An employee on hold is inactive. */
  state?: 'active' | 'inactive' | undefined;
  /** With at least one linked card, or with none. Default: all employees. */
  cards?: 'with' | 'without' | undefined;
  /** Only active employees with one of these. Undefined: all employees. */
  accessLevelIds?: readonly string[] | undefined;
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
  { search, state, cards: cardsAsked, accessLevelIds, into, limit, cursor }: EmployeeSearch,
): Promise<Omit<EmployeePage, 'items'> & { items: (EmployeeSummary & Pick<Cardholder, 'zonePermits'>)[] }> {
  const asked = { accessLevelIds, into, state, cards: cardsAsked };
  const list = JSON.stringify(['employees', search, asked]);
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
      from: FIRST_NAME,
      through: undefined,
      descending: false,
      limit,
      after: position && {
        tenantId,
        nameKey: position.nameKey,
        employeeKey: tenantKey(tenantId, position.employeeId),
      },
      filter: filterOf({ search, hasNumber, ...asked }),
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

interface Filter extends Pick<EmployeeSearch, 'search' | 'state' | 'cards' | 'accessLevelIds' | 'into'> {
  /** Whether a card has the number that the search may be. */
  hasNumber: ((cardId: string) => boolean) | undefined;
}

/** @returns undefined if all employees are asked for */
function filterOf({
  search,
  hasNumber,
  state,
  cards,
  accessLevelIds,
  into,
}: Filter): ((row: Row) => boolean) | undefined {
  const tests: ((row: EmployeeRow) => boolean)[] = [];
  if (into !== undefined) {
    const isOneOf = (id: string) => into.accessLevelIds.includes(id);
    const nowMs = Date.now();
    tests.push(
      (row) =>
        heldEmployee(row, row).active &&
        (row.accessLevelIds.some(isOneOf) || permitFor(into.zoneId, row, nowMs) !== undefined),
    );
  }
  if (accessLevelIds !== undefined) {
    const isOneOf = (id: string) => accessLevelIds.includes(id);
    tests.push((row) => heldEmployee(row, row).active && row.accessLevelIds.some(isOneOf));
  }
  if (state !== undefined) tests.push((row) => heldEmployee(row, row).active === (state === 'active'));
  if (cards !== undefined) tests.push(({ cardIds = [] }) => cardIds.length > 0 === (cards === 'with'));
  const isFound = search === undefined ? undefined : searchFor(search);
  if (isFound !== undefined) {
    tests.push(
      ({ name, employeeId, cardIds = [] }) =>
        isFound(name, employeeId, ...cardIds) || (hasNumber !== undefined && cardIds.some(hasNumber)),
    );
  }
  if (tests.length === 0) return undefined;
  return (row) => isEmployee(row) && tests.every((test) => test(row));
}
