import {
  type ChangeContent,
  compile,
  EmployeeId,
  EmployeeName,
  explain,
  type FieldError,
  type ImportKind,
  LinkCard,
} from '@swipegate/contract';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import Type from 'typebox';

/** Cells of a line by the names of their columns. */
export type Cells = Readonly<Record<string, string>>;

const ACTIVE: Readonly<Record<string, boolean>> = { '': true, true: true, false: false };
const BETWEEN = ';';

// The file's kind determines the type of change for all lines, so it is not a column.
const { type: _type, ...cardMembers } = LinkCard.properties;
const isCardLine = compile(Type.Object(cardMembers));
const isEmployeeLine = compile(
  Type.Object({
    employeeId: EmployeeId,
    name: EmployeeName,
    active: Type.Boolean(),
    accessLevelIds: Type.Array(EmployeeId, { description: 'ids separated by ;' }),
  }),
);

/** Returns the change that a line requests, or its error. Pure. Empty cells count as missing. */
export function contentOfLine(kind: ImportKind, cells: Cells): ChangeContent | FieldError {
  return kind === 'cards' ? cardLine(cells) : employeeLine(cells);
}

function cardLine(cells: Cells): ChangeContent | FieldError {
  const given: unknown = Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== ''));
  if (!isCardLine(given)) return explain(isCardLine.errors);
  for (const field of ['validFrom', 'validUntil'] as const) {
    if (given[field] !== undefined && Number.isNaN(timestampMs(given[field]))) {
      return { field, reason: `must be a time that exists, not ${given[field]}` };
    }
  }
  const { validFrom, validUntil } = given;
  if (validFrom !== undefined && validUntil !== undefined && timestampMs(validUntil) <= timestampMs(validFrom)) {
    return { field: 'validUntil', reason: 'must be later than validFrom' };
  }
  return { type: 'link-card', ...given };
}

function employeeLine({ active = '', accessLevelIds = '', ...cells }: Cells): ChangeContent | FieldError {
  const isActive = ACTIVE[active.toLowerCase()];
  if (isActive === undefined) return { field: 'active', reason: 'must be true or false' };
  const ids = accessLevelIds.split(BETWEEN).flatMap((id) => (id.trim() === '' ? [] : [id.trim()]));
  const employee: unknown = { ...cells, active: isActive, accessLevelIds: ids };
  if (!isEmployeeLine(employee)) return explain(isEmployeeLine.errors);
  return { type: 'set-employee', employee };
}
