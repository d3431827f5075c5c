import { withoutDirection } from './plain-text.js';

/** Names of the separators that a spreadsheet may expect. Excel splits at semicolons in a country that writes 1,5. */
export const CSV_SEPARATORS = { comma: ',', semicolon: ';', tab: '\t' } as const;
export type CsvSeparator = keyof typeof CSV_SEPARATORS;

export interface CsvStyle {
  /** Default: comma, as in RFC 4180. */
  separator?: CsvSeparator | undefined;
  /** Whether the text begins with a byte-order mark, without which Excel reads UTF-8 as Windows-1252. Default: no. */
  bom?: boolean | undefined;
}

/** CSV as in RFC 4180: lines end with CR LF; cells with a separator, quote or line break are quoted. */
export function csvText(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
  { separator = 'comma', bom = false }: CsvStyle = {},
): string {
  const between = CSV_SEPARATORS[separator];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  const text = lines.map((cells) => `${cells.map((value) => cell(value, between)).join(between)}\r\n`).join('');
  return bom ? `\ufeff${text}` : text;
}

/**
 * Spreadsheets run a cell that begins with = + - @ as a formula, also with their full-width forms; a leading tab, line
 * break or space can hide one. An apostrophe before it makes it text
 * (https://owasp.org/www-community/attacks/CSV_Injection). A spreadsheet that expects another separator splits a cell
 * at it, whatever the quotes, so a formula after a separator or a line break gets one as well.
 */
const FORMULA = /(^|[,;\t\r\n])((?:[^\S\t\r\n]|")*)(?=[=+\-@＝＋－＠﹢﹣﹦﹫])/g;
const HIDDEN = /^[\t\r\n]/;

function cell(value: unknown, separator: string): string {
  if (typeof value === 'number') return String(value);
  const text = value === undefined || value === null ? '' : withoutDirection(String(value));
  const guarded = HIDDEN.test(text) ? `'${text}` : text;
  const safe = guarded.replaceAll(FORMULA, (_, before: string, space: string) =>
    before === '' ? `'${space}` : `${before}${space}'`,
  );
  return safe.includes(separator) || /["\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
