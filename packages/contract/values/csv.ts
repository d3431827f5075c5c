/** RFC 4180: lines end with CR LF, and a cell with a comma, quote or line break is quoted. */
export function csvText(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  const lines = [columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))];
  return `${lines.join('\r\n')}\r\n`;
}

/**
 * A spreadsheet takes a cell that begins with = + - @ for a formula and runs it; a tab or line break may hide one. With an
 * apostrophe before it, it is text (https://owasp.org/www-community/attacks/CSV_Injection).
 */
function cell(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
