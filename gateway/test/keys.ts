import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type ApiKey, hashApiKey, TABLES } from '@swipegate/contract';
import type { ProvisionedCloud } from '@swipegate/infra/local/cloud/cloud';
import { KEY } from './test-app.js';

/** Adds the tests' key to the api-keys table of this cloud. */
export async function addKey({ clients }: ProvisionedCloud): Promise<void> {
  const row: ApiKey = { keyHash: hashApiKey(KEY), keyId: 'key-north', tenantId: 'acme', readerIds: ['north-in'] };
  await clients.dynamodb.send(new PutItemCommand({ TableName: TABLES.apiKeys, Item: marshall(row) }));
}
