import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { untilProcessed } from '@swipegate/aws/backoff';
import { queryPages } from '@swipegate/aws/pages';
import {
  type CardNumbers,
  type Change,
  type ChangeContent,
  defaultTenant,
  type ImportRequest,
  type ImportResult,
  type ImportRow,
  MAX_IMPORT_BYTES,
  PREVIEW_ROWS,
  rowParser,
  subjectOf,
  Tenant,
  tenantKey,
} from '@swipegate/contract';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type Logger, pino } from 'pino';
import { changeMessage } from '../stores/changes/change-message.js';
import { entryOf, entrySent } from '../stores/changes/entries.js';
import { ImportFiles, UploadError } from '../stores/changes/import-files.js';
import { type ImportPlace, parseUploadKey, storedKeys } from '../stores/changes/object-keys.js';
import { SiteCache } from '../stores/site-cache.js';
import { readEnvironment } from './environment.js';
import { foreseenRejections, type KnownPeople, type PeopleIds, readPeople } from './foreseen.js';
import { ImportFileError, NOTHING_DONE } from './import-file-error.js';
import { type ReadFile, readFile } from './read-file.js';
import type { KnownSite } from './site-rows.js';

const tenantIn = rowParser(Tenant);

/** SNS limit. */
const MESSAGES_PER_CALL = 10;

interface ImportDeps {
  files: Pick<ImportFiles, 'open' | 'approval' | 'putPreview' | 'putResult'>;
  /** Reads the tenant's site: time zones of buildings give dates their meaning, and a row changes only what it gives. */
  siteOf(tenantId: string): Promise<KnownSite>;
  /** Reads the rows of these employees and cards, by id. */
  peopleOf(tenantId: string, ids: PeopleIds): Promise<KnownPeople>;
  /** Publishes up to 10 changes in order. */
  publish(changes: readonly Change[]): Promise<void>;
  logger: Logger;
  /** ms since the epoch. */
  now(): number;
}

/** Creates the Lambda handler: S3 events about uploads in (via SQS), changes and a partial batch response out. */
export function createImportHandler(deps: ImportDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    for (const { messageId, body } of event.Records) {
      try {
        for (const key of storedKeys(body)) {
          const place = parseUploadKey(key);
          if (place === undefined) deps.logger.warn({ key }, 'object is not an upload; skipped');
          else if (place.isApproval) await applyPreviewed(place, deps);
          else await importUpload(place, deps);
        }
      } catch (error) {
        deps.logger.error({ err: error, messageId }, 'could not import file; it will be retried');
        failed.push(messageId);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Imports an uploaded file, or only previews it. */
async function importUpload({ tenantId, importId }: ImportPlace, deps: ImportDeps): Promise<void> {
  await withFile({ tenantId, importId }, deps, async ({ request, requestedAt, read }) => {
    if (request.preview === true) {
      const doubts = await foreseenRejections(read, deps);
      const lines = read.lines.map((line) => ({
        ...line,
        result: { ...line.result, ...doubts.get(line.result.line) },
      }));
      await deps.files.putPreview({ ...resultOf({ ...read, lines }, request, deps), rows: firstRows(lines) });
      deps.logger.info({ tenantId, importId, kind: request.kind, lines: read.lines.length }, 'file previewed');
    } else {
      await publishFile({ read, request, requestedAt }, deps);
    }
  });
}

/** Imports a file that was previewed, unless another file has taken its place. */
async function applyPreviewed({ tenantId, importId }: ImportPlace, deps: ImportDeps): Promise<void> {
  const place = { tenantId, importId };
  const approval = await deps.files.approval(place);
  if (approval === undefined) {
    deps.logger.warn(place, 'the decision to apply a preview is not valid; skipped');
    return;
  }
  await withFile(place, deps, async ({ request, read }) => {
    const { by, requestedAt, fileHash } = approval;
    const isSame = read.fileHash === fileHash;
    const problem = `The file was replaced after its preview. Upload it again. ${NOTHING_DONE}`;
    const checked = isSame ? read : { ...read, ...EMPTY, problem };
    await publishFile({ read: checked, request: { ...request, by }, requestedAt }, deps);
  });
}

interface CheckedFile extends ReadFile, ImportPlace {
  site: KnownSite;
  fileHash: string;
  /** Why the file is refused as a whole. */
  problem?: string;
}

interface OpenFile {
  request: ImportRequest;
  /** The time of the upload, so that a retry gives the same. Changes requested while the file is read count as later. */
  requestedAt: string;
  read: CheckedFile;
}

const EMPTY: ReadFile = { lines: [], blankLines: 0, notes: [] };

/** Reads a file and passes it on. Skips a file that was not uploaded with a signed form. */
async function withFile(place: ImportPlace, deps: ImportDeps, use: (file: OpenFile) => Promise<void>): Promise<void> {
  try {
    const { request, body, bytes, uploadedMs } = await deps.files.open(place);
    const requestedAt = new Date(Math.min(uploadedMs, deps.now())).toISOString();
    await use({ request, requestedAt, read: await checkedFile(place, request, { body, bytes }, deps) });
  } catch (error) {
    if (!(error instanceof UploadError)) throw error;
    deps.logger.error({ err: error, ...place }, 'file not imported');
  }
}

async function checkedFile(
  { tenantId, importId }: ImportPlace,
  { kind, sheet }: ImportRequest,
  { body, bytes }: { body: Readable; bytes: number },
  { siteOf }: ImportDeps,
): Promise<CheckedFile> {
  const site = await siteOf(tenantId);
  const file = { tenantId, importId, site };
  let fileHash = '';
  try {
    const content = await wholeFile(body, bytes);
    fileHash = createHash('sha256').update(content).digest('hex');
    return { ...file, fileHash, ...(await readFile(content, { importId, kind, sheet, site })) };
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error;
    return { ...file, fileHash, ...EMPTY, problem: error.message };
  }
}

/** Publishes a file's changes and stores a result for each line. After a crash it publishes the same changes again. */
async function publishFile(
  { read, request, requestedAt }: { read: CheckedFile; request: ImportRequest; requestedAt: string },
  deps: ImportDeps,
): Promise<void> {
  const { tenantId, importId, problem } = read;
  const { by, why, kind } = request;
  const changes = read.lines.flatMap(({ result: { changeId }, change }): Change[] =>
    changeId === undefined || change === undefined ? [] : [{ changeId, tenantId, requestedAt, by, why, ...change }],
  );
  for (const batch of independentBatches(outermostFirst(changes), MESSAGES_PER_CALL)) await deps.publish(batch);
  await deps.files.putResult(resultOf(read, request, deps));
  deps.logger.info({ tenantId, importId, kind, lines: read.lines.length, problem }, 'file imported');
}

function resultOf(
  { tenantId, importId, fileHash, problem, blankLines, notes, lines }: CheckedFile,
  { kind, by, why }: ImportRequest,
  { now }: ImportDeps,
): ImportResult {
  const finishedAt = new Date(now()).toISOString();
  const facts = { ...(problem && { problem }), blankLines, notes, fileHash };
  return { tenantId, importId, kind, by, why, finishedAt, ...facts, lines: lines.map(({ result }) => result) };
}

/** The first valid rows, each with the members of its change. */
function firstRows(lines: ReadFile['lines']): ImportRow[] {
  return lines
    .flatMap(({ result: { line }, change }) => (change ? [{ line, values: valuesOf(change.content) }] : []))
    .slice(0, PREVIEW_ROWS);
}

/** The id of what the change writes comes first. */
function valuesOf(content: ChangeContent): Record<string, unknown> {
  const { type: _type, ...members } = content;
  const values = Object.entries(entrySent(content) ?? members);
  const { id } = entryOf(content);
  return Object.fromEntries(values.sort(([, a], [, b]) => Number(b === id) - Number(a === id)));
}

/** Orders zones so that each comes after the zone around it. Other changes keep their order. */
function outermostFirst(changes: readonly Change[]): Change[] {
  const outerOf = new Map<string, string | undefined>();
  for (const { content } of changes) {
    if (content.type === 'set-zone') outerOf.set(content.zone.zoneId, content.zone.outerZoneId);
  }
  const depthOf = ({ content }: Change): number => {
    const seen = new Set<string>();
    let outer = content.type === 'set-zone' ? content.zone.outerZoneId : undefined;
    for (; outer !== undefined && !seen.has(outer); outer = outerOf.get(outer)) seen.add(outer);
    return seen.size;
  };
  return changes
    .map((change) => ({ change, depth: depthOf(change) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ change }) => change);
}

/** @throws {ImportFileError} if the file is too long; rejects if its connection breaks */
async function wholeFile(body: Readable, bytes: number): Promise<Uint8Array> {
  if (bytes <= MAX_IMPORT_BYTES) return buffer(body);
  body.destroy();
  throw new ImportFileError(`The file has more than ${MAX_IMPORT_BYTES} bytes. Split it.`);
}

/** Composes the function. @throws {EnvironmentError} naming each invalid environment variable */
export function composeImportHandler(
  { dynamodb, s3, sns }: { dynamodb: DynamoDBClient; s3: S3Client; sns: SNSClient },
  env: Readonly<Record<string, string | undefined>>,
) {
  const environment = readEnvironment(env);
  const sites = new SiteCache(dynamodb, { tableName: environment.TABLE_SITE, maxAgeMs: 0 });
  return createImportHandler({
    siteOf: async (tenantId) => {
      const [site, cardNumbers] = await Promise.all([
        sites.siteOf(tenantId, []),
        cardNumbersOf(dynamodb, environment.TABLE_SITE, tenantId),
      ]);
      return { ...site, cardNumbers };
    },
    peopleOf: (tenantId, ids) => readPeople(dynamodb, environment, tenantId, ids),
    files: new ImportFiles(s3, environment.UPLOADS_BUCKET),
    publish: (changes) => publishAll(sns, environment.CHANGES_TOPIC_ARN, changes),
    logger: pino({ level: environment.LOG_LEVEL, base: { function: 'change-import' } }),
    now: () => Date.now(),
  });
}

/** Returns the form in which the tenant keeps the numbers of cards. */
async function cardNumbersOf(dynamodb: DynamoDBClient, tableName: string, tenantId: string): Promise<CardNumbers> {
  const key: [string, string] = ['siteKey', tenantKey(tenantId, 'tenant')];
  for await (const page of queryPages(dynamodb, { tableName, key })) {
    for (const row of page) {
      const tenant = tenantIn(row);
      if (tenant !== undefined) return tenant.cardNumbers;
    }
  }
  return defaultTenant(tenantId).cardNumbers;
}

/**
 * Cuts changes into batches in which no two concern the same card, employee or zone. SNS may refuse a message of a call and
 * take later ones, which then come first.
 */
function independentBatches(changes: readonly Change[], most: number): Change[][] {
  const batches: Change[][] = [];
  let batch: Change[] = [];
  let subjects = new Set<string>();
  for (const change of changes) {
    const own = subjectsOf(change.content);
    if (batch.length === most || own.some((subject) => subjects.has(subject))) {
      batches.push(batch);
      [batch, subjects] = [[], new Set()];
    }
    batch.push(change);
    for (const subject of own) subjects.add(subject);
  }
  return batch.length === 0 ? batches : [...batches, batch];
}

function subjectsOf(content: ChangeContent): string[] {
  const { zoneId, outerZoneId } = content.type === 'set-zone' ? content.zone : {};
  const zones = [zoneId, outerZoneId].flatMap((id) => (id === undefined ? [] : `zone ${id}`));
  return [...zones, ...Object.entries(subjectOf(content)).map((subject) => subject.join(' '))];
}

/** Publishes independent changes in one call, then resends the refused ones until SNS has all. */
async function publishAll(sns: SNSClient, topicArn: string, changes: readonly Change[]): Promise<void> {
  const entries = changes.map((change, i): PublishBatchRequestEntry => ({ Id: String(i), ...changeMessage(change) }));
  await untilProcessed(
    entries,
    async (left) => {
      const { Failed = [] } = await sns.send(
        new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: left }),
      );
      const failed = new Set(Failed.map(({ Id }) => Id));
      return failed.size === 0 ? undefined : left.filter(({ Id }) => failed.has(Id));
    },
    'SNS',
  );
}
