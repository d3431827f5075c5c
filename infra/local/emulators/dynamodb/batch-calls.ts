import type { Attribute, Item, MemoryTables, TextTable } from './memory-tables.js';
import { canPut, isObject, isPlainItem, keyOf, putItem } from './text-items.js';

const MAX_KEYS = 100;
const MAX_WRITES = 25;
/** DynamoDB stops a BatchGetItem at 16 MB, dynalite earlier. */
const MAX_ANSWER = 1_000_000;

/**
 * BatchGetItem for calls as the product makes them. @returns the answer as JSON; undefined for a call with anything else in
 * it, also with a mistake: dynalite answers that
 */
export function batchGet(tables: MemoryTables, input: unknown): string | undefined {
  const requests = requestsOf(input);
  if (requests === undefined) return undefined;
  let count = 0;
  const responses: string[] = [];
  for (const [name, request] of requests) {
    const table = tables.find(name);
    if (table === undefined || !isObject(request)) return undefined;
    const { Keys, ConsistentRead, ...others } = request;
    if (!Array.isArray(Keys) || !(ConsistentRead === undefined || typeof ConsistentRead === 'boolean'))
      return undefined;
    count += Keys.length;
    if (Keys.length === 0 || count > MAX_KEYS || Object.keys(others).length > 0) return undefined;
    const keys = new Set<string>();
    for (const key of Keys) {
      const text = isPlainItem(key) && isKeyOf(table, key) ? keyOf(table, key) : undefined;
      if (text === undefined) return undefined;
      keys.add(text);
    }
    if (keys.size < Keys.length) return undefined;
    const items = inAnyOrder(Array.from(keys, (key) => table.rows.get(key)).filter((item) => item !== undefined));
    responses.push(`${JSON.stringify(name)}:${JSON.stringify(items)}`);
  }
  const answer = `{"Responses":{${responses.join(',')}},"UnprocessedKeys":{}}`;
  return answer.length > MAX_ANSWER ? undefined : answer;
}

/** BatchWriteItem with puts alone. See {@link batchGet}. */
export function batchWrite(tables: MemoryTables, input: unknown): string | undefined {
  const requests = requestsOf(input);
  if (requests === undefined) return undefined;
  const writes: [table: TextTable, key: string, item: Item][] = [];
  for (const [name, puts] of requests) {
    const table = tables.find(name);
    if (table === undefined || !Array.isArray(puts) || puts.length === 0) return undefined;
    const keys = new Set<string>();
    for (const put of puts) {
      const item = itemOfPut(put);
      const key = item && keyOf(table, item);
      if (item === undefined || key === undefined || !canPut(table, key, item)) return undefined;
      keys.add(key);
      writes.push([table, key, item]);
    }
    if (keys.size < puts.length) return undefined;
  }
  if (writes.length > MAX_WRITES) return undefined;
  for (const [table, key, item] of writes) putItem(table, key, item);
  return '{"UnprocessedItems":{}}';
}

function requestsOf(input: unknown): [name: string, request: unknown][] | undefined {
  if (!isObject(input) || !isObject(input['RequestItems']) || Object.keys(input).length > 1) return undefined;
  const requests = Object.entries(input['RequestItems']);
  return requests.length === 0 ? undefined : requests;
}

function itemOfPut(request: unknown): Item | undefined {
  if (!isObject(request) || Object.keys(request).length !== 1) return undefined;
  const put = request['PutRequest'];
  if (!isObject(put) || Object.keys(put).length !== 1) return undefined;
  return isPlainItem(put['Item']) ? put['Item'] : undefined;
}

function isKeyOf(table: TextTable, key: Item): boolean {
  return Object.keys(key).length === table.key.length;
}

/** DynamoDB returns the rows in no order. */
function inAnyOrder(items: Item[]): Item[] {
  const [first] = items;
  const at = Math.floor(Math.random() * items.length);
  const other = items[at];
  if (first === undefined || other === undefined) return items;
  items[0] = other;
  items[at] = first;
  return items.reverse();
}

export type Values = ReadonlyMap<string, Attribute>;

/** Puts an item that must be new. @returns whether it is written; undefined if dynalite has to decide */
export function insertItem(
  tables: MemoryTables,
  { tableName, values }: { tableName: string; values: Values },
): boolean | undefined {
  const table = tables.find(tableName);
  const item: unknown = Object.fromEntries(values);
  if (table === undefined || !isPlainItem(item)) return undefined;
  const key = keyOf(table, item);
  if (key === undefined || !canPut(table, key, item)) return undefined;
  if (table.rows.get(key) !== undefined) return false;
  putItem(table, key, item);
  return true;
}

/**
 * Changes an item if all its values in `where`, the whole key among them, are as given. @returns whether it is written;
 * undefined if dynalite has to decide
 */
export function updateItem(
  tables: MemoryTables,
  write: { tableName: string; values: Values; removed: readonly string[]; where: Values },
): boolean | undefined {
  const { values, removed, where } = write;
  const table = tables.find(write.tableName);
  const wanted: unknown = Object.fromEntries(where);
  if (table === undefined || !isPlainItem(wanted)) return undefined;
  const key = keyOf(table, wanted);
  if (key === undefined || table.key.some((name) => values.has(name) || removed.includes(name))) return undefined;
  const before = table.rows.get(key);
  if (before === undefined) return false;
  if (!isPlainItem(before)) return undefined;
  for (const [name, value] of where) if (!isSame(before[name], value)) return false;
  const item: Record<string, Attribute> = { ...before };
  for (const name of removed) delete item[name];
  for (const [name, value] of values) item[name] = value;
  if (!isPlainItem(item) || !canPut(table, key, item)) return undefined;
  putItem(table, key, item);
  return true;
}

/** Equal plain values have equal JSON. */
function isSame(a: Attribute | undefined, b: Attribute): boolean {
  if (a === undefined) return false;
  return typeof b['S'] === 'string' ? a['S'] === b['S'] : JSON.stringify(a) === JSON.stringify(b);
}
