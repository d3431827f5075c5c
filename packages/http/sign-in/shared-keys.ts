import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SIGN_IN_KEYS_ROW } from '@swipegate/contract/tables/api-key';
import type { JSONWebKeySet } from 'jose';

/**
 * Writes the public keys of the sign-in service (RFC 7517) into a row of the table of API keys, for gateways without a
 * route to it: a user pool with a domain has no VPC endpoint.
 * @returns a function that writes a key set if it differs from the last one. Rejects with the SDK's error
 */
export function sharedKeysWriter(dynamodb: DynamoDBClient, tableName: string): (keys: JSONWebKeySet) => Promise<void> {
  let written = '';
  return async (keys) => {
    const text = JSON.stringify(keys);
    if (text === written) return;
    const Item = { keyHash: { S: SIGN_IN_KEYS_ROW }, keySet: { S: text } };
    await dynamodb.send(new PutItemCommand({ TableName: tableName, Item }));
    written = text;
  };
}

/** Returns a stand-in for fetch that answers with the key set of the row, or 404 before anybody has signed in. */
export function sharedKeysFetch(dynamodb: DynamoDBClient, tableName: string): () => Promise<Response> {
  return async () => {
    const Key = { keyHash: { S: SIGN_IN_KEYS_ROW } };
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
    const text = Item?.['keySet']?.S;
    return new Response(text ?? '', { status: text === undefined ? 404 : 200 });
  };
}
