import { createHash } from 'node:crypto';

/** Keys remembered: the same cards, cardholders and readers come again and again. */
const MAX_KNOWN = 20_000;

let prefixes = new Map<string, string>();

/**
 * Key of a row by its partition and sort value, in the form of dynalite's `createKey`, so that rows written by either are
 * found by the other: a hash of the partition, then the values in hexadecimal digits, which sort like their bytes.
 */
export function textKey(partition: string, sort: string | undefined): string {
  const prefix = prefixes.get(partition) ?? newPrefix(partition);
  return sort === undefined ? prefix : `${prefix}${hex(sort)}/`;
}

/** What an index adds to a key, because rows may share both of its values: a hash of the keys in the table. */
export function textKeyHash(partition: string, sort = ''): string {
  return createHash('md5').update(`Outliers${partition}${sort}`).digest('hex').slice(0, 6);
}

function newPrefix(partition: string): string {
  if (prefixes.size >= MAX_KNOWN) prefixes = new Map();
  const prefix = `${textKeyHash(partition)}/${hex(partition)}/`;
  prefixes.set(partition, prefix);
  return prefix;
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
