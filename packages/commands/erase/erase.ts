import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { itemOf } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import { ERASED_NAME } from '@swipegate/lambdas/stores/employee-row';
import { changesOfPerson } from './changes-of-person.js';
import type { EraseEnvironment } from './environment.js';
import { eraseArchive, eraseEvents, eraseUploads } from './erase-objects.js';
import { eraseChangeRows, eraseDecisions, erasePresence, eraseZones } from './erase-tables.js';
import { ErasureError, type ErasureReport, type Tally } from './erasure-report.js';
import type { Person } from './person.js';
import { verify } from './verify.js';
import { VersionedBucket } from './versioned-bucket.js';

export interface EraseParts {
  dynamodb: DynamoDBClient;
  s3: S3Client;
  env: EraseEnvironment;
  /** Called with a line of progress now and then. */
  say(line: string): void;
}

export interface EraseOptions {
  /** Only counts: writes nothing and skips the verification. */
  dryRun: boolean;
  /** ms since the epoch. */
  nowMs: number;
}

/**
 * Erases the remaining data of an employee after their `erase-employee` change was applied. Each step can be repeated,
 * and the data that locates the rest goes last, so a killed run can simply be run again. Presence comes before
 * decisions, because decide may write the decisions in its outbox again.
 * @throws {ErasureError} before anything is written, when the employee is not erased yet or a change of theirs is in
 * progress; `ArchiveFileError` and what the SDK throws, midway: run it again
 */
export async function erase(
  { dynamodb, s3, env, say }: EraseParts,
  person: Person,
  { dryRun, nowMs }: EraseOptions,
): Promise<ErasureReport> {
  const known = await checkErased(dynamodb, env.TABLE_EMPLOYEES, person);
  const found = await changesOfPerson(dynamodb, { tableName: env.TABLE_CHANGES, person, nowMs });
  const evidence = found.naming.flatMap(({ change: { changeId, requestedAt, by, content } }) =>
    content.type === 'erase-employee' && content.employeeId === person.employeeId
      ? [{ changeId, requestedAt, by }]
      : [],
  );
  const of = (tableName: string) => ({ tableName, person, dryRun });
  say('Presence, zones and decisions …');
  const presence = await erasePresence(dynamodb, of(env.TABLE_PRESENCE));
  const zones = await eraseZones(dynamodb, of(env.TABLE_ZONE_STATE));
  const decisions = await eraseDecisions(dynamodb, of(env.TABLE_DECISIONS));
  say('Event store and changes …');
  const eventStore = new VersionedBucket(s3, env.EVENTS_BUCKET);
  const { events, placements } = await eraseEvents(eventStore, found, { person, dryRun });
  const changes = await eraseChangeRows(dynamodb, found, of(env.TABLE_CHANGES));
  say('Archive …');
  const onArchive = (files: number, all: number) => say(`  ${files} of ${all} files read`);
  const archiveBucket = new VersionedBucket(s3, env.ARCHIVE_BUCKET);
  const archive = await eraseArchive(archiveBucket, { person, dryRun, onProgress: onArchive });
  const uploads = await eraseUploads(new VersionedBucket(s3, env.UPLOADS_BUCKET), { person, dryRun });
  if (known && !dryRun) await deleteEmployee(dynamodb, env.TABLE_EMPLOYEES, person);
  const employees: Tally = { read: Number(known), erased: Number(known), removed: 0 };
  const done = { presence, zones, decisions, events, placements, changes, archive, uploads, employees };
  if (dryRun) return { known, dryRun, ...done, evidence, verification: undefined };
  say('Verification …');
  const onProgress = (files: number) => say(`  ${files} of ${Math.max(archive.read, files)} files of the archive read`);
  const verification = await verify({ dynamodb, s3, env, onProgress }, person);
  return { known, dryRun, ...done, evidence, verification };
}

/** @returns whether the employee has a row. @throws {ErasureError} when the row was not erased in the back office */
async function checkErased(dynamodb: DynamoDBClient, tableName: string, person: Person): Promise<boolean> {
  const { employeeId, employeeKey } = person;
  const row = (await batchGet(dynamodb, [{ tableName, key: { employeeKey } }])).get(tableName)?.[0];
  if (row === undefined) return false;
  if (row['name'] === ERASED_NAME && row['active'] === false) return true;
  throw new ErasureError(
    'NOT_ERASED_YET',
    `The employee ${employeeId} is not erased yet: first erase them in the console, or with POST ` +
      `/v1/employees/${employeeId}/erase, then wait until that change is applied.`,
  );
}

/** Deletes the row, which holds only the id by now. The condition protects a new employee with the same id. */
async function deleteEmployee(dynamodb: DynamoDBClient, tableName: string, { employeeKey }: Person): Promise<void> {
  await dynamodb.send(
    new DeleteItemCommand({
      TableName: tableName,
      Key: itemOf({ employeeKey }),
      ConditionExpression: 'attribute_not_exists(employeeKey) OR (#name = :name AND active = :active)',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: { ':name': { S: ERASED_NAME }, ':active': { BOOL: false } },
    }),
  );
}
