/** Fields of a request by lower-case name: those of the body, then those of the query. Names differ by make of reader. */
export type Fields = ReadonlyMap<string, string>;

const MOST_FIELDS = 64;
const LONGEST_VALUE = 256;

/** Returns the members of JSON objects and forms that are texts, numbers or booleans. A former source wins. */
export function fieldsOf(...sources: readonly unknown[]): Fields {
  const fields = new Map<string, string>();
  for (const source of sources) {
    if (typeof source !== 'object' || source === null) continue;
    for (const [name, value] of entriesOf(source)) {
      if (fields.size === MOST_FIELDS) return fields;
      const key = name.toLowerCase();
      const text =
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
      if (text !== '' && text.length <= LONGEST_VALUE && !fields.has(key)) fields.set(key, text);
    }
  }
  return fields;
}

/** Reads a body by what it looks like: a JSON object, or a form. @returns undefined for broken JSON */
export function contentIn(body: Buffer): unknown {
  const text = body.toString().trim();
  if (!text.startsWith('{')) return new URLSearchParams(text);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function entriesOf(source: object): Iterable<[string, unknown]> {
  return source instanceof URLSearchParams ? source : Object.entries(source);
}

/** Returns the value of the first name that the fields have. @param names in lower case */
export function firstField(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined) return value.trim();
  }
  return undefined;
}

const NAMES: ReadonlySet<string> = new Set(['name', 'cardname', 'username']);

/** Returns what the log may have of an event: all but the person's name. */
export function withoutNames(fields: Fields): Record<string, string> {
  return Object.fromEntries(Array.from(fields).filter(([name]) => !NAMES.has(name)));
}
