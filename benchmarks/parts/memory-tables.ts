import type { AttributeValue, KeysAndAttributes, ServiceInputTypes, WriteRequest } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { tables } from '../../infra/resources.js';
import type { Row } from '../../lambdas/dynamodb/batch-get.js';
import type { Answer } from './answered-clients.js';

export type Item = Record<string, AttributeValue>;

const KEY_NAMES = new Map(
  Object.values(tables).map(({ name, partitionKey, sortKey }) => [
    name,
    sortKey === undefined ? [partitionKey] : [partitionKey, sortKey],
  ]),
);

/** Rows as DynamoDB has them, by table and key. */
export class MemoryTables {
  readonly #tables = new Map<string, Map<string, Item>>();

  add(tableName: string, rows: Iterable<Row>): void {
    for (const row of rows) this.put(tableName, marshall(row, { removeUndefinedValues: true }));
  }

  get(tableName: string, key: Item): Item | undefined {
    const table = this.#tables.get(tableName);
    return table?.get(keyOf(tableName, key));
  }

  put(tableName: string, item: Item): void {
    const table = this.#tables.get(tableName) ?? new Map<string, Item>();
    this.#tables.set(tableName, table);
    table.set(keyOf(tableName, item), item);
  }

  /** Rows of one partition. */
  query(tableName: string, partition: AttributeValue): Item[] {
    const [name = ''] = keyNames(tableName);
    return Array.from(this.#tables.get(tableName)?.values() ?? []).filter((item) => item[name]?.S === partition.S);
  }
}

/** Answers reads from rows in memory; writes are taken, and change nothing: the same batch can be decided again. */
export function readOnly(rows: MemoryTables): Answer {
  return (input) => {
    if ('Statements' in input) return { Responses: (input.Statements ?? []).map(() => ({})) };
    if ('KeyConditionExpression' in input) return { Items: rows.query(...partitionOf(input)) };
    if (!('RequestItems' in input)) throw new Error(`No answer to ${Object.keys(input)}`);
    const found: Record<string, Item[]> = {};
    const requests: Record<string, KeysAndAttributes | WriteRequest[]> = input.RequestItems ?? {};
    for (const [tableName, request] of Object.entries(requests)) {
      if (Array.isArray(request)) continue;
      const items: Item[] = [];
      found[tableName] = items;
      for (const key of request.Keys ?? []) {
        const item = rows.get(tableName, key);
        if (item !== undefined) items.push(item);
      }
    }
    return { Responses: found };
  };
}

/** Table and partition that a query by the partition key alone asks for. */
export function partitionOf(input: ServiceInputTypes): [tableName: string, partition: AttributeValue] {
  if (!('KeyConditionExpression' in input) || input.TableName === undefined || 'IndexName' in input) {
    throw new Error('Not a query of a whole partition of a table');
  }
  const [partition, ...others] = Object.values(input.ExpressionAttributeValues ?? {});
  if (partition === undefined || others.length > 0) throw new Error('Not a query of a whole partition');
  return [input.TableName, partition];
}

export function keyNames(tableName: string): string[] {
  const names = KEY_NAMES.get(tableName);
  if (names === undefined) throw new Error(`No table is called ${tableName}`);
  return names;
}

function keyOf(tableName: string, item: Item): string {
  const [partitionKey = '', sortKey] = keyNames(tableName);
  const partition = item[partitionKey]?.S ?? '';
  return sortKey === undefined ? partition : `${partition} ${item[sortKey]?.S}`;
}
