import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AdminApi } from './admin-api.js';

/** Returns all rows of all tables and all objects with their keys as one text to search. */
export async function everythingKept({ dynamodb, services: { s3 } }: AdminApi): Promise<string> {
  const kept: string[] = [];
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  for (const TableName of TableNames) {
    let from: Record<string, unknown> | undefined;
    do {
      const page = await documents.send(
        new ScanCommand({ TableName, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
      );
      kept.push(JSON.stringify(page.Items));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  for (const { Name: Bucket } of Buckets) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key } of Contents) {
      const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      kept.push(`${Key} ${JSON.stringify(Metadata)} ${await Body?.transformToString()}`);
    }
  }
  return kept.join('\n');
}
