import {
  type Building,
  type CardNumbers,
  type ChangeContent,
  compile,
  DisplayName,
  EmployeeId,
  type ExpectedState,
  explain,
  type FieldError,
  LinkCard,
} from '@swipegate/contract';
import { CardNumberFault, canonicalCardNumber, NUMBER_FORMATS } from '@swipegate/contract/cards/card-number';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import Type from 'typebox';
import type { DateReader } from './date-cells.js';

/** Cells of a row by the names of their columns. */
export type Cells = Readonly<Record<string, string>>;

/** A change that a row requests, and the state in which it expects its entry. Default: any. */
export interface RowChange {
  content: ChangeContent;
  expects?: ExpectedState;
}

/** Knowledge that the rows of people and cards are read with. */
export interface RowContext {
  dates: DateReader;
  buildings: ReadonlyMap<string, Building>;
}

/** Columns with dates, of all kinds of files. */
export const DATE_COLUMNS = ['validFrom', 'validUntil'] as const;

/** As spreadsheets in English and in German write it. */
const ACTIVE: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'y', '1', 'wahr', 'ja', 'j'].map((text) => [text, true] as const),
  ...['false', 'no', 'n', '0', 'falsch', 'nein'].map((text) => [text, false] as const),
]);
/** A cell that takes all rights away: an empty cell leaves them as they are. It cannot be an id. */
const NO_LEVELS = '-';
/** Ids have none of these. */
const BETWEEN = /[;,|\s]+/;
/** A spreadsheet's form of a number with many digits: the others are lost. */
const SHORTENED = /^-?\d(?:[.,]\d+)?E\+\d+$/i;

// The file's kind determines the type of change for all lines, so it is not a column.
const { type: _type, ...cardMembers } = LinkCard.properties;
const isCardRow = compile(Type.Object(cardMembers));
const isEmployeeRow = compile(
  Type.Object({
    employeeId: EmployeeId,
    name: DisplayName,
    active: Type.Optional(Type.Boolean()),
    accessLevelIds: Type.Optional(
      Type.Array(EmployeeId, { description: 'ids separated by ; , | or spaces, or - for none' }),
    ),
  }),
);

/** Returns the fault of an id that a spreadsheet has shortened, if there is one. */
export function shortenedId(cells: Cells): FieldError | undefined {
  for (const [field, cell] of Object.entries(cells)) {
    if (field.endsWith('Id') && SHORTENED.test(cell)) return { field, reason: shortened(cell) };
  }
  return undefined;
}

/**
 * Returns a row of cards with the id that its reader's card format makes of the number, without the format. Without a
 * format the number is the id.
 */
export function withCardId(row: Cells, numbers: CardNumbers): { cells: Cells } | FieldError {
  const { cardFormat = '', ...cells } = row;
  const { cardId = '' } = cells;
  const format = cardFormat.toLowerCase();
  if (format === '' || format === 'as-sent') return { cells };
  const known = NUMBER_FORMATS.find((each) => each === format);
  if (known === undefined) {
    return { field: 'cardFormat', reason: `must be one of as-sent, ${NUMBER_FORMATS.join(', ')}` };
  }
  const id = canonicalCardNumber(cardId, known, numbers);
  return id instanceof CardNumberFault ? { field: 'cardId', reason: id.reason } : { cells: { ...cells, cardId: id } };
}

function shortened(cell: string): string {
  return (
    `is a number that the spreadsheet has shortened: ${cell} has lost digits. In the spreadsheet, format the column as ` +
    'text and enter the numbers again; then save the file again'
  );
}

/** Returns the change of a row of cards. An empty cell is like a missing column: it changes nothing. Pure. */
export function cardRow(cells: Cells, context: RowContext): RowChange | FieldError {
  const given = Object.entries(cells).filter(([, cell]) => cell !== '');
  const row = datesRead(Object.fromEntries(given), context);
  if ('reason' in row) return row;
  const card: unknown = row.cells;
  if (!isCardRow(card)) {
    const { field, reason } = explain(isCardRow.errors);
    const hint = field === 'cardId' ? `; the column cardFormat says how to read a number that is no id` : '';
    return { field, reason: `${reason}${hint}` };
  }
  const { validFrom, validUntil } = card;
  if (validFrom !== undefined && validUntil !== undefined && timestampMs(validUntil) <= timestampMs(validFrom)) {
    return { field: 'validUntil', reason: 'must be later than validFrom' };
  }
  return { content: { type: 'link-card', ...card } };
}

/** Replaces the dates of a row by RFC 3339. A date without an offset is one at the row's building. */
function datesRead(cells: Cells, { dates, buildings }: RowContext): { cells: Cells } | FieldError {
  const read: Record<string, string> = { ...cells };
  for (const field of DATE_COLUMNS) {
    const text = cells[field];
    if (text === undefined) continue;
    const { buildingId = '' } = cells;
    const timeZone = buildings.get(buildingId)?.timeZone;
    if (dates.needsBuilding(text) && timeZone === undefined && buildingId !== '') {
      const known = [...buildings.keys()].slice(0, 5).join(', ') || 'none';
      const reason = `must be a building whose time zone the date ${text} can have, not ${buildingId}; there are: ${known}`;
      return { field: 'buildingId', reason };
    }
    const date = dates.read(text, { timeZone: timeZone ?? 'utc', isEnd: field === 'validUntil' });
    if ('reason' in date) return { field, reason: date.reason };
    read[field] = date.time;
  }
  return { cells: read };
}

/** Returns the change of a row of employees. An empty cell is like a missing column: it changes nothing. Pure. */
export function employeeRow({ active = '', accessLevelIds = '', ...cells }: Cells): RowChange | FieldError {
  const isActive = ACTIVE.get(active.toLowerCase());
  if (active !== '' && isActive === undefined) {
    return { field: 'active', reason: 'must be true or false, yes or no, or empty to leave it as it is' };
  }
  const ids = accessLevelIds === NO_LEVELS ? [] : accessLevelIds.split(BETWEEN).filter((id) => id !== '');
  const employee: unknown = {
    ...cells,
    ...(isActive === undefined ? {} : { active: isActive }),
    ...(accessLevelIds === '' ? {} : { accessLevelIds: ids }),
  };
  if (!isEmployeeRow(employee)) return explain(isEmployeeRow.errors);
  return { content: { type: 'patch-employee', ...employee } };
}
