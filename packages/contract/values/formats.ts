/** CSV as in RFC 4180: lines end with CR LF; cells with a comma, quote or line break are quoted. */
export function csvText(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  const lines = [columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))];
  return `${lines.join('\r\n')}\r\n`;
}

/**
 * Spreadsheets run a cell that begins with = + - @ as a formula; a leading tab or line break can hide one. A leading
 * apostrophe makes it text (https://owasp.org/www-community/attacks/CSV_Injection).
 */
function cell(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Parses a record's bytes as JSON, without copying them. Undefined if they are not JSON. */
export function jsonIn({ buffer, byteOffset, byteLength }: Uint8Array): unknown {
  return jsonAttribute(Buffer.from(buffer, byteOffset, byteLength));
}

/** Parses an attribute as JSON; undefined if it is not JSON. */
export function jsonAttribute(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
