import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, type Row } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import { inLanes } from '@swipegate/aws/in-lanes';
import { Change, compile, subjectOf, tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';
import { ERASED_NAME } from '@swipegate/lambdas/change-apply/employee-rules';
import { PLACEMENTS_PREFIX, tenantPrefix } from '@swipegate/lambdas/stores/changes/object-key';
import type { ChangesOfPerson } from './changes-of-person.js';
import { ErasureError } from './erasure-error.js';
import type { Person } from './person.js';
import { type StoredChange, storedChangeOf } from './stored-changes.js';
import type { Tally } from './tally.js';
import type { VersionedBucket } from './versioned-bucket.js';
import { linesWithoutPerson, reasonWithoutPerson, withoutPerson } from './without-person.js';

const LANES = 8;
const ATTEMPTS = 5;
const CHANGE_ID = /([0-9a-f-]{36})\.json$/;

const isChange = compile(Change);

interface Erasing {
  person: Person;
  dryRun: boolean;
}

/**
 * Removes the person from a change. `why` is free text: it is replaced if the change is about the person or names
 * them.
 */
export function changeWithoutPerson(change: Change, { person, isAbout }: { person: Person; isAbout: boolean }): Change {
  const rest = withoutPerson(change, person);
  if (!isChange(rest)) throw new TypeError(`The change ${change.changeId} is not valid without the person`);
  return isAbout || person.isInSentence(change.why) ? { ...rest, why: ERASED_NAME } : rest;
}

/**
 * Whether a change is about the person. One that only mentions them, such as a link rejected because of them, is not.
 */
export function isAbout({ change, effects, employeeKey }: StoredChange, person: Person): boolean {
  const { employeeId } = subjectOf(change.content);
  if (employeeId !== undefined) return employeeId === person.employeeId;
  return employeeKey === person.employeeKey || person.isIn(effects);
}

/**
 * Rewrites the objects of the event store: the events of these changes, and their placements of cardholders. Each is
 * put again under its key, and all earlier versions are deleted. The put sends a notification, like every put; the
 * change is settled, so it is not applied again.
 * @throws what the SDK throws
 */
export async function eraseEvents(
  bucket: VersionedBucket,
  { naming, ofCards }: ChangesOfPerson,
  { person, dryRun }: Erasing,
): Promise<{ events: Tally; placements: Tally }> {
  const about = new Map(ofCards.map(({ change }) => [change.changeId, true]));
  for (const stored of naming) about.set(stored.change.changeId, isAbout(stored, person));
  const events: Tally = { read: 0, erased: 0, removed: 0 };
  const placements: Tally = { read: 0, erased: 0, removed: 0 };
  const work = [
    { prefix: tenantPrefix(person.tenantId), tally: events, rewrite: rewriteEvent },
    { prefix: `${PLACEMENTS_PREFIX}${person.tenantId}/`, tally: placements, rewrite: rewritePlacements },
  ];
  for (const { prefix, tally, rewrite } of work) {
    for await (const page of bucket.pages(prefix)) {
      await inLanes(page, LANES, async (object) => {
        const isAboutThem = about.get(CHANGE_ID.exec(object.key)?.[1] ?? '');
        if (isAboutThem === undefined) return;
        const { rewritten, removed } = await bucket.rewrite(object, {
          rewrite: async (bytes) => rewrite(Buffer.from(bytes), isAboutThem),
          purge: 'all',
          dryRun,
        });
        tally.read += 1;
        tally.erased += Number(rewritten);
        tally.removed += removed;
      });
    }
  }
  return { events, placements };

  function rewriteEvent(bytes: Buffer, isAboutThem: boolean): Buffer | undefined {
    const text = bytes.toString();
    const change = jsonAttribute(text);
    if (!isChange(change)) return undefined;
    const next = JSON.stringify(changeWithoutPerson(change, { person, isAbout: isAboutThem }));
    return next === text ? undefined : Buffer.from(next);
  }

  function rewritePlacements(bytes: Buffer): Buffer | undefined {
    return linesWithoutPerson(bytes, person)?.text;
  }
}

/**
 * Rewrites the rows of these changes. Rows that name the cards of the person come after the others, and the erasure
 * itself comes last: a run after an interrupted one needs them to find the rest.
 * @throws {ErasureError} when another writer keeps changing a row; also what the SDK throws
 */
export async function eraseChangeRows(
  dynamodb: DynamoDBClient,
  { naming, ofCards, read }: ChangesOfPerson,
  { tableName, person, dryRun }: Erasing & { tableName: string },
): Promise<Tally> {
  const tally: Tally = { read, erased: 0, removed: 0 };
  const isErasure = ({ change }: StoredChange) => change.content.type === 'erase-employee';
  for (const stage of [ofCards, naming.filter((each) => !isErasure(each)), naming.filter(isErasure)]) {
    await inLanes(stage, LANES, async (stored) => {
      const isAboutThem = stage === ofCards || isAbout(stored, person);
      if (membersOf(stored, { person, isAbout: isAboutThem }) === undefined) return;
      tally.erased += 1;
      if (!dryRun) await eraseRow(dynamodb, stored, { tableName, person, isAbout: isAboutThem });
    });
  }
  return tally;
}

/** Reads the row again when another write came in between, such as a late one from an interrupted run. */
async function eraseRow(
  dynamodb: DynamoDBClient,
  stored: StoredChange,
  { tableName, ...about }: { tableName: string; person: Person; isAbout: boolean },
): Promise<void> {
  const { tenantId, changeId } = stored.change;
  const key = { changeKey: tenantKey(tenantId, changeId) };
  for (let attempt = 0, last: StoredChange | undefined = stored; attempt < ATTEMPTS; attempt++) {
    const members = last && membersOf(last, about);
    if (last === undefined || members === undefined) return;
    if (await update(dynamodb, { tableName, key, was: last.text, ...members })) return;
    last = (await batchGet(dynamodb, [{ tableName, key }]))
      .get(tableName)
      ?.flatMap((row) => storedChangeOf(row) ?? [])[0];
  }
  throw new ErasureError('OVERTAKEN', `Another process keeps writing the change ${changeId}. Run the command again.`);
}

interface Members {
  set: Record<string, string>;
  removed: string[];
}

/** @returns undefined when the row needs no change */
function membersOf(
  { change, text, effects, reason, employeeKey }: StoredChange,
  { person, isAbout }: { person: Person; isAbout: boolean },
): Members | undefined {
  const set: Record<string, string> = {};
  const changeText = JSON.stringify(changeWithoutPerson(change, { person, isAbout }));
  if (changeText !== text) set['change'] = changeText;
  if (person.isIn(effects)) set['effects'] = JSON.stringify(withoutPerson(effects, person));
  const nextReason = reason && reasonWithoutPerson(reason, person);
  if (nextReason !== undefined && nextReason !== reason) set['reason'] = nextReason;
  const removed = employeeKey === person.employeeKey ? ['employeeKey'] : [];
  return Object.keys(set).length === 0 && removed.length === 0 ? undefined : { set, removed };
}

/** @returns false when the row has changed since it was read */
async function update(
  dynamodb: DynamoDBClient,
  { tableName, key, was, set, removed }: Members & { tableName: string; key: Row; was: string },
): Promise<boolean> {
  const names = Object.keys(set);
  const changes = [
    ...(names.length === 0 ? [] : [`SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`]),
    ...(removed.length === 0 ? [] : [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`]),
  ];
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: itemOf(key),
        UpdateExpression: changes.join(' '),
        ConditionExpression: '#change = :was',
        ExpressionAttributeNames: Object.fromEntries(
          Array.from(new Set(['change', ...names, ...removed]), (name) => [`#${name}`, name]),
        ),
        ExpressionAttributeValues: {
          ':was': attributeOf(was),
          ...Object.fromEntries(names.map((name) => [`:${name}`, attributeOf(set[name])])),
        },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
