import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { convertToAttr, convertToNative } from '@aws-sdk/util-dynamodb';

/** A row as a program has it. */
export type Row = Record<string, unknown>;
/** The same as DynamoDB has it. */
export type Item = Record<string, AttributeValue>;

/**
 * A row as DynamoDB takes it; members that are undefined are left out. It does what `marshall` does, for the kinds of values
 * that rows are made of, in a third of its time: that was a third of the decision Lambda's. Other kinds are left to the SDK.
 */
export function itemOf(row: Row): Item {
  const item: Item = {};
  for (const name in row) {
    const value = row[name];
    if (value !== undefined) item[name] = attributeOf(value);
  }
  return item;
}

/** Rows of one table, as {@link itemOf}: most have the same members as the row before, and are cast in its mould. */
export function itemsOf(rows: readonly Row[]): Item[] {
  let mould: Item = {};
  let names: string[] = [];
  return rows.map((row) => {
    if (isAlike(row, names)) {
      mould = { ...mould };
      for (const name of names) mould[name] = attributeOf(row[name]);
    } else {
      mould = itemOf(row);
      names = Object.keys(mould);
    }
    return mould;
  });
}

function isAlike(row: Row, names: readonly string[]): boolean {
  let at = 0;
  for (const name in row) if (name !== names[at++] || row[name] === undefined) return false;
  return at === names.length;
}

/** One value as DynamoDB takes it. */
export function attributeOf(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'boolean':
      return { BOOL: value };
    case 'number':
      if (Number.isSafeInteger(value)) return { N: String(value) };
      break;
    case 'object':
      if (value === null) return { NULL: true };
      if (Array.isArray(value)) return { L: value.map(attributeOf) };
      if (isPlain(value)) return { M: itemOf(value) };
  }
  return convertToAttr(value, { removeUndefinedValues: true });
}

function isPlain(value: object): value is Row {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** The row that DynamoDB gave; the counterpart of {@link itemOf}. */
export function rowOf(item: Item): Row {
  const row: Row = {};
  for (const name in item) {
    const attribute = item[name];
    if (attribute !== undefined) row[name] = nativeOf(attribute);
  }
  return row;
}

function nativeOf(attribute: AttributeValue): unknown {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) {
    const number = Number(attribute.N);
    return Number.isSafeInteger(number) ? number : convertToNative(attribute);
  }
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.M !== undefined) return rowOf(attribute.M);
  if (attribute.L !== undefined) return attribute.L.map(nativeOf);
  return convertToNative(attribute);
}
