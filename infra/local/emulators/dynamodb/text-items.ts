import type { Attribute, Item, TextTable } from './memory-tables.js';
import { textKey, textKeyHash } from './text-keys.js';

/** Numbers as the SDK writes those of a counter: DynamoDB stores them unchanged. */
const PLAIN_NUMBER = /^(?:0|-?[1-9]\d{0,14})$/;
/** A quarter of DynamoDB's limit, so that no way of counting can be beyond it. */
const MAX_PLAIN_CHARACTERS = 100_000;
/** DynamoDB's limit of a sort key is 1,024 bytes; a character takes at most 3. */
const MAX_PLAIN_KEY = 340;

/**
 * Whether an item can be stored as it is: no value that DynamoDB refuses, changes or measures with care. All that the
 * product writes is plain; dynalite decides on the rest.
 */
export function isPlainItem(item: unknown): item is Item {
  if (!isObject(item)) return false;
  let characters = 0;
  for (const name in item) {
    const length = plainLength(item[name]);
    if (length === undefined) return false;
    characters += name.length + length;
  }
  return characters <= MAX_PLAIN_CHARACTERS;
}

/** Length of a plain value, roughly; undefined if the value is not plain. */
function plainLength(attribute: unknown): number | undefined {
  if (!isObject(attribute) || !hasOneMember(attribute)) return undefined;
  const { S, N, BOOL, NULL, L, M } = attribute;
  if (typeof S === 'string') return S.length;
  if (typeof N === 'string') return PLAIN_NUMBER.test(N) ? N.length : undefined;
  if (typeof BOOL === 'boolean' || NULL === true) return 1;
  if (Array.isArray(L)) return sumOf(L.map(plainLength));
  return isObject(M)
    ? sumOf(Object.entries(M).map(([name, value]) => sumOf([name.length, plainLength(value)])))
    : undefined;
}

function sumOf(lengths: readonly (number | undefined)[]): number | undefined {
  return lengths.reduce((sum, length) => (sum === undefined || length === undefined ? undefined : sum + length + 1), 0);
}

function hasOneMember(value: object): boolean {
  let members = 0;
  for (const _ in value) members += 1;
  return members === 1;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a key attribute; undefined if it is missing or not plain. */
function keyText(item: Item, name: string): string | undefined {
  const text = item[name]?.['S'];
  return typeof text === 'string' && text.length > 0 && text.length <= MAX_PLAIN_KEY ? text : undefined;
}

/** Key of a plain item; undefined if dynalite has to say what is wrong with it. */
export function keyOf({ partition, sort }: Pick<TextTable, 'partition' | 'sort'>, item: Item): string | undefined {
  const partitionText = keyText(item, partition);
  const sortText = sort === undefined ? '' : keyText(item, sort);
  if (partitionText === undefined || sortText === undefined) return undefined;
  return textKey(partitionText, sort === undefined ? undefined : sortText);
}

/** Whether {@link putItem} can write an item: where the indexes have it, and had the one before, is plain. */
export function canPut(table: TextTable, key: string, item: Item): boolean {
  const before = table.rows.get(key);
  return hasPlainIndexKeys(table, item) && (before === undefined || hasPlainIndexKeys(table, before));
}

function hasPlainIndexKeys({ indexes }: TextTable, item: Item): boolean {
  for (const { partition, sort } of indexes) {
    if (item[partition] !== undefined && keyText(item, partition) === undefined) return false;
    if (sort !== undefined && item[sort] !== undefined && keyText(item, sort) === undefined) return false;
  }
  return true;
}

/** Puts an item, or replaces the one before it, in the table and its indexes. @param key its {@link keyOf}; {@link canPut} it */
export function putItem(table: TextTable, key: string, item: Item): void {
  const { rows, indexes } = table;
  const before = rows.get(key);
  rows.set(key, item);
  if (indexes.length === 0) return;
  const hash = textKeyHash(keyText(item, table.partition) ?? '', table.sort && keyText(item, table.sort));
  for (const index of indexes) {
    const at = keyOf(index, item);
    const wasAt = before && keyOf(index, before);
    if (wasAt !== undefined && wasAt !== at) index.rows.delete(wasAt + hash);
    if (at !== undefined) index.rows.set(at + hash, projected(index.members, item));
  }
}

function projected(members: readonly string[] | undefined, item: Item): Item {
  if (members === undefined) return item;
  const found: Record<string, Attribute> = {};
  for (const name of members) {
    const value = item[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}
