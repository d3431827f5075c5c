import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { convertToAttr, convertToNative, NumberValueImpl } from '@aws-sdk/util-dynamodb';

/** A row of plain JavaScript values. */
export type Row = Record<string, unknown>;
/** A row of DynamoDB attributes. */
export type Item = Record<string, AttributeValue>;

/** Converts a row to DynamoDB attributes, without undefined members: like `marshall`, in a third of its time. */
export function itemOf(row: Row): Item {
  const item: Item = {};
  for (const name in row) {
    const value = row[name];
    if (value !== undefined) item[name] = attributeOf(value);
  }
  return item;
}

/** Converts rows of one table. Most rows have the members of the row before, so its item serves as a template. */
export function itemsOf(rows: readonly Row[]): Item[] {
  let template: Item = {};
  let names: string[] = [];
  return rows.map((row) => {
    if (isAlike(row, names)) {
      template = { ...template };
      for (const name of names) template[name] = attributeOf(row[name]);
    } else {
      template = itemOf(row);
      names = Object.keys(template);
    }
    return template;
  });
}

function isAlike(row: Row, names: readonly string[]): boolean {
  let at = 0;
  for (const name in row) if (name !== names[at++] || row[name] === undefined) return false;
  return at === names.length;
}

/** Converts one value to a DynamoDB attribute. Rare types are left to the SDK. */
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

/** Converts any DynamoDB attributes to a row; the inverse of {@link itemOf}. */
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
  if (attribute.N !== undefined) return numberOf(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.M !== undefined) return rowOf(attribute.M);
  if (attribute.L !== undefined) return attribute.L.map(nativeOf);
  return convertToNative(attribute, { wrapNumbers: true });
}

/** Returns whether a value of a row is a number, even if a double cannot hold it. */
export function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value instanceof NumberValueImpl;
}

/** A double holds this many digits exactly. */
const EXACT_DIGITS = 15;

/**
 * Returns a number, or an object with its digits if a double cannot hold it: DynamoDB's numbers have up to 38 digits. Such an
 * object matches no schema, and it is written back as it was read.
 */
function numberOf(text: string): unknown {
  const number = Number(text);
  const isExact = text.length <= EXACT_DIGITS || String(number) === text;
  return isExact && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : NumberValueImpl.from(text);
}
