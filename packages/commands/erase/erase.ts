import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { itemOf } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import type { ChangeAuthor } from '@swipegate/contract';
import { ERASED_NAME } from '@swipegate/lambdas/change-apply/employee-rules';
import { changesOfPerson } from './changes-of-person.js';
import type { EraseEnvironment } from './environment.js';
import { eraseArchive } from './erase-archive.js';
import { eraseChangeRows, eraseEvents } from './erase-changes.js';
import { eraseDecisions } from './erase-decisions.js';
import { eraseUploads } from './erase-uploads.js';
import { erasePresence, eraseZones } from './erase-whereabouts.js';
import { ErasureError } from './erasure-error.js';
import type { Person } from './person.js';
import type { Tally } from './tally.js';
import { type Verification, verify } from './verify.js';
import { VersionedBucket } from './versioned-bucket.js';

export interface EraseParts {
  dynamodb: DynamoDBClient;
  s3: S3Client;
  env: EraseEnvironment;
  /** Told now and then how far it has come. */
  say(line: string): void;
}

export interface EraseOptions {
  /** Counts, writes nothing, and verifies nothing. */
  dryRun: boolean;
  /** ms since the epoch. */
  nowMs: number;
}

/** An erasure that was asked for in the back office: its change stays as evidence, found by this id. */
export interface Evidence {
  changeId: string;
  requestedAt: string;
  by: ChangeAuthor;
}

export interface ErasureReport {
  /** Whether the table of employees had a row of them when it began; not where it was erased before, or never known. */
  known: boolean;
  dryRun: boolean;
  presence: Tally;
  zones: Tally;
  decisions: Tally;
  events: Tally;
  placements: Tally;
  changes: Tally;
  archive: Tally;
  uploads: Tally;
  employees: Tally;
  evidence: Evidence[];
  /** Undefined in a dry run. */
  verification: Verification | undefined;
}

/**
 * Erases what is left of an employee after their `erase-employee` change was applied: in tables, event store, archive and
 * uploads. Each step may be done again, and what says where to look goes last: killed anywhere and run again it ends the
 * same.
 *
 * The rows of presence come before the decisions, because decide may write again what they hold.
 *
 * @throws {ErasureError} before anything is written, where the employee is not erased yet or a change of theirs is under way;
 *   `ArchiveFileError`, and what the SDK throws, in the middle: run it again
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
  say('Tables of who is where, and decisions …');
  const presence = await erasePresence(dynamodb, of(env.TABLE_PRESENCE));
  const zones = await eraseZones(dynamodb, of(env.TABLE_ZONE_STATE));
  const decisions = await eraseDecisions(dynamodb, of(env.TABLE_DECISIONS));
  say('Event store and changes …');
  const { events, placements } = await eraseEvents(new VersionedBucket(s3, env.EVENTS_BUCKET), found, {
    person,
    dryRun,
  });
  const changes = await eraseChangeRows(dynamodb, found, of(env.TABLE_CHANGES));
  say('Archive …');
  const archive = await eraseArchive(new VersionedBucket(s3, env.ARCHIVE_BUCKET), {
    person,
    dryRun,
    onProgress: (files, all) => say(`  ${files} of ${all} files read`),
  });
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

/** @returns whether there is a row of them. @throws {ErasureError} where it is not the one that an erasure leaves */
async function checkErased(dynamodb: DynamoDBClient, tableName: string, person: Person): Promise<boolean> {
  const { employeeId, employeeKey } = person;
  const row = (await batchGet(dynamodb, [{ tableName, key: { employeeKey } }])).get(tableName)?.[0];
  if (row === undefined) return false;
  if (row['name'] === ERASED_NAME && row['active'] === false) return true;
  throw new ErasureError(
    'NOT_ERASED_YET',
    `The employee ${employeeId} is not erased: erase them in the console first, or by POST ` +
      `/v1/employees/${employeeId}/erase, and wait until that change is applied.`,
  );
}

/** What is left of the row is the id. Its place is nobody's then, unless somebody is made anew by this id. */
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
