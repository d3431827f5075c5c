import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { IndexResource, TableResource } from '@swipegate/infra/resources';
import type { Item, Meter } from './memory-dynamodb.js';

const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;

/**
 * Counts capacity units as DynamoDB charges them
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html). A strongly
 * consistent read costs one unit per 4 KB of a row, and one for a missing row. A write costs one unit per 1 KB of the
 * row before or after it, whichever is larger. Each index entry that changes costs the same. An entry that moves costs
 * twice: once at its old place and once at its new one.
 */
export class CapacityMeter implements Meter {
  readUnits = 0;
  writeUnits = 0;
  /** Write units by table, and by table and index. */
  readonly writesBy = new Map<string, number>();

  read(_table: TableResource, items: readonly (Item | undefined)[]): void {
    for (const item of items) this.readUnits += units(item === undefined ? 0 : itemBytes(item), READ_UNIT_BYTES);
  }

  queried(_table: TableResource, items: readonly Item[]): void {
    const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
    this.readUnits += units(bytes, READ_UNIT_BYTES);
  }

  wrote(table: TableResource, before: Item | undefined, after: Item): void {
    const bytes = Math.max(before === undefined ? 0 : itemBytes(before), itemBytes(after));
    this.#write(table.name, units(bytes, WRITE_UNIT_BYTES));
    for (const index of table.indexes ?? []) {
      const count = indexUnits(entryOf(table, index, before), entryOf(table, index, after));
      this.#write(`${table.name} ${index.name}`, count);
    }
  }

  #write(name: string, count: number): void {
    this.writeUnits += count;
    this.writesBy.set(name, (this.writesBy.get(name) ?? 0) + count);
  }
}

interface Entry {
  place: string;
  item: Item;
  bytes: number;
}

/** Index entry of a row; undefined if the row lacks a key of the index. */
function entryOf(table: TableResource, index: IndexResource, item: Item | undefined): Entry | undefined {
  const partition = item?.[index.partitionKey]?.S;
  const sort = item?.[index.sortKey]?.S;
  if (item === undefined || partition === undefined || sort === undefined) return undefined;
  const { include } = index;
  const names = new Set([...keyNames(table), ...keyNames(index), ...(include ?? [])]);
  const projected =
    include === undefined ? item : Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
  return { place: `${partition}\n${sort}`, item: projected, bytes: itemBytes(projected) };
}

function keyNames({ partitionKey, sortKey }: { partitionKey: string; sortKey?: string }): string[] {
  return sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
}

function indexUnits(before: Entry | undefined, after: Entry | undefined): number {
  if (before === undefined && after === undefined) return 0;
  if (before === undefined || after === undefined) return units((before ?? after)?.bytes ?? 0, WRITE_UNIT_BYTES);
  if (before.place !== after.place) return units(before.bytes, WRITE_UNIT_BYTES) + units(after.bytes, WRITE_UNIT_BYTES);
  if (JSON.stringify(before.item) === JSON.stringify(after.item)) return 0;
  return units(Math.max(before.bytes, after.bytes), WRITE_UNIT_BYTES);
}

function units(bytes: number, unit: number): number {
  return Math.max(1, Math.ceil(bytes / unit));
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[^\d]/g, '').length / 2) + 1;
  if (value.L !== undefined) return value.L.reduce((sum, each) => sum + 1 + valueBytes(each), 3);
  if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  return 1;
}
