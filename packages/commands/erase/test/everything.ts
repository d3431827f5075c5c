import { gunzipSync } from 'node:zlib';
import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, type S3Client } from '@aws-sdk/client-s3';
import { scanPages } from '@swipegate/aws/pages';
import { VersionedBucket } from '../versioned-bucket.js';

/** All rows and object versions as text, keyed by table and key, or by bucket, key and age of the version. */
export async function everything({ dynamodb, s3 }: { dynamodb: DynamoDBClient; s3: S3Client }) {
  const found = new Map<string, string>();
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  for (const table of TableNames) {
    for await (const rows of scanPages(dynamodb, table)) {
      for (const row of rows) {
        const members = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
        const key = KEYS.map((name) => row[name]).find((value) => value !== undefined);
        found.set(`${table} ${key} ${row['id'] ?? row['cardId'] ?? ''}`, JSON.stringify(Object.fromEntries(members)));
      }
    }
  }
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  for (const { Name = '' } of Buckets) {
    const bucket = new VersionedBucket(s3, Name);
    for await (const page of bucket.pages('')) {
      for (const { key, versions } of page) {
        for (const [age, { versionId, isDeleteMarker }] of versions.entries()) {
          if (isDeleteMarker) continue;
          const bytes = Buffer.from((await bucket.get(key, versionId)) ?? '');
          found.set(`${Name} ${key} ${age}`, (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
        }
      }
    }
  }
  return found;
}

/** Key attributes of the tables. Keys of tables whose rows also hold the keys of others come first. */
const KEYS = [
  'changeKey',
  'swipeKey',
  'zoneKey',
  'siteKey',
  'keyHash',
  'cardKey',
  'employeeKey',
  'readerKey',
  'tenantId',
];

/** Places whose name or content contains the text, in any case. */
export function placesOf(text: string, all: ReadonlyMap<string, string>): string[] {
  const wanted = text.toLowerCase();
  return Array.from(all).flatMap(([place, content]) =>
    `${place} ${content}`.toLowerCase().includes(wanted) ? [place] : [],
  );
}
