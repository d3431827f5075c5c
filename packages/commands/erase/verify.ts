import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Row } from '@swipegate/aws/attributes';
import { inLanes } from '@swipegate/aws/in-lanes';
import { scanPages } from '@swipegate/aws/pages';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { unzipped } from '@swipegate/lambdas/stores/archive/read-archive';
import { EVENTS_PREFIX, PLACEMENTS_PREFIX } from '@swipegate/lambdas/stores/changes/object-keys';
import { changeRows, indexedRows } from './changes-of-person.js';
import type { EraseEnvironment } from './environment.js';
import { uploadsOf } from './erase-objects.js';
import { decisionsOf } from './erase-tables.js';
import type { Trace, Verification } from './erasure-report.js';
import type { Person } from './person.js';
import { VersionedBucket } from './versioned-bucket.js';

export interface VerifyParts {
  dynamodb: DynamoDBClient;
  s3: S3Client;
  env: EraseEnvironment;
  /** Called after each page of archived files. */
  onProgress?(files: number): void;
}

const MOST_TRACES = 20;
const LANES = 8;
/** Number of archive files in memory at once. */
const ARCHIVE_LANES = 4;
/** Key attributes that begin with the tenant. */
const TENANT_KEYS = ['cardKey', 'employeeKey', 'zoneKey', 'changeKey', 'partitionKey', 'swipeKey'];

/**
 * Searches everything that may hold the person: their tenant's rows (of decisions only those that the index by employee
 * lists), and every version of every object.
 * @throws {ArchiveFileError} and what the SDK throws
 */
export async function verify({ dynamodb, s3, env, onProgress }: VerifyParts, person: Person): Promise<Verification> {
  const { tenantId } = person;
  const found: Verification = { read: 0, left: 0, traces: [] };
  for (const table of ['EMPLOYEES', 'CARDS', 'PRESENCE', 'ZONE_STATE', 'UNREADABLE'] as const) {
    const tableName = env[`TABLE_${table}`];
    for await (const rows of scanPages(dynamodb, tableName)) look(tableName, rows);
  }
  for await (const rows of changeRows(dynamodb, { tableName: env.TABLE_CHANGES, tenantId })) {
    look(env.TABLE_CHANGES, rows);
  }
  const theirDecisions = decisionsOf(env.TABLE_DECISIONS, person);
  for await (const rows of indexedRows(dynamodb, theirDecisions)) look(env.TABLE_DECISIONS, rows);

  const isJson = (text: string) => ({ id: person.isIn(jsonAttribute(text)), name: person.isNamedIn(text) });
  const isLines = (text: string) => ({
    id: text.split('\n').some((line) => person.isIn(jsonAttribute(line))),
    name: person.isNamedIn(text),
  });
  const events = new VersionedBucket(s3, env.EVENTS_BUCKET);
  await lookInto(events, `${EVENTS_PREFIX}${tenantId}/`, LANES, async (bytes) => isJson(bytes.toString()));
  await lookInto(events, `${PLACEMENTS_PREFIX}${tenantId}/`, LANES, async (bytes) => isLines(bytes.toString()));
  const uploads = new VersionedBucket(s3, env.UPLOADS_BUCKET);
  for (const { prefix, search } of uploadsOf(person)) {
    await lookInto(uploads, prefix, LANES, async (bytes) => search(bytes));
  }
  let files = 0;
  const archive = new VersionedBucket(s3, env.ARCHIVE_BUCKET);
  const isInArchive = async (bytes: Buffer, key: string) => inArchive(await unzipped(key, bytes));
  await lookInto(archive, 'decisions/', ARCHIVE_LANES, isInArchive, (page) => {
    files += page;
    onProgress?.(files);
  });
  return found;

  function note(what: Trace['what'], where: string): void {
    found.left += 1;
    if (found.traces.length < MOST_TRACES) found.traces.push({ what, where });
  }

  function look(tableName: string, rows: readonly Row[]): void {
    for (const row of rows) {
      const key = TENANT_KEYS.map((name) => row[name]).find((value) => typeof value === 'string');
      if (!String(key).startsWith(`${tenantId}/`)) continue;
      found.read += 1;
      if (person.isIn(row)) note('id', `${tableName}, ${key}`);
      if (person.isNamedIn(row)) note('name', `${tableName}, ${key}`);
    }
  }

  async function lookInto(
    bucket: VersionedBucket,
    prefix: string,
    lanes: number,
    isIn: (bytes: Buffer, key: string) => Promise<{ id: boolean; name: boolean }>,
    onPage: (objects: number) => void = () => undefined,
  ): Promise<void> {
    for await (const page of bucket.pages(prefix)) {
      await inLanes(page, lanes, async ({ key, versions }) => {
        for (const { versionId, isDeleteMarker } of versions) {
          const bytes = isDeleteMarker ? undefined : await bucket.get(key, versionId);
          if (bytes === undefined) continue;
          found.read += 1;
          const { id, name } = await isIn(Buffer.from(bytes), key);
          if (id) note('id', `${bucket.name}/${key}, version ${versionId}`);
          if (name) note('name', `${bucket.name}/${key}, version ${versionId}`);
        }
      });
      onPage(page.length);
    }
  }

  /** A file holds all tenants, so lines without the id are not parsed. */
  function inArchive(text: Buffer): { id: boolean; name: boolean } {
    const lines = text.includes(person.employeeId) || person.isNamed ? text.toString().split('\n') : [];
    const documents = lines.filter((line) => person.isNamed || line.includes(person.employeeId)).map(jsonAttribute);
    const theirs = documents.filter((each) => isOfTenant(each, tenantId));
    return { id: theirs.some((each) => person.isIn(each)), name: theirs.some((each) => person.isNamedIn(each)) };
  }
}

function isOfTenant(value: unknown, tenantId: string): boolean {
  return typeof value === 'object' && value !== null && 'tenantId' in value && value.tenantId === tenantId;
}
