import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { scanPages } from '@swipegate/aws/pages';
import { ApiKey, compile } from '@swipegate/contract';

/** The API keys that exist. Both functions reject when the directory cannot answer. */
export interface ApiKeyDirectory {
  /** Reads the rows of distinct keys, at most 100 at a time. Leaves out unknown keys. */
  read(keyHashes: readonly string[]): Promise<ApiKey[]>;
  /** Yields the hashes of all keys, in no order. */
  hashes(): AsyncIterable<string[]>;
}

const isApiKey = compile(ApiKey);

/** The api-keys table, read eventually consistent: 0.5 RCU per key, and per 4 KB of all keys. */
export function apiKeyTable(dynamodb: DynamoDBClient, tableName: string): ApiKeyDirectory {
  return {
    async read(keyHashes) {
      const keys = keyHashes.map((keyHash) => ({ tableName, key: { keyHash } }));
      const rows: unknown[] = (await batchGet(dynamodb, keys, 'eventual')).get(tableName) ?? [];
      return rows.filter((row) => isApiKey(row));
    },
    async *hashes() {
      const pages = scanPages(dynamodb, tableName, { members: ['keyHash'], consistency: 'eventual' });
      for await (const rows of pages) yield rows.map(({ keyHash }) => String(keyHash));
    },
  };
}
