import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, type Row } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import { batchWriteIf, isWritten } from '@swipegate/aws/batch-write-if';
import { inLanes } from '@swipegate/aws/in-lanes';
import { queryPages, scanPages } from '@swipegate/aws/pages';
import { INDEXES, tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { healedVersion } from '@swipegate/lambdas/stores/row-version';
import {
  type ChangesOfPerson,
  changeWithoutPerson,
  isAbout,
  type StoredChange,
  storedChangeOf,
} from './changes-of-person.js';
import { ErasureError, newTally, type Tally } from './erasure-report.js';
import { type Erasing, type Person, reasonWithoutPerson, withoutHolder, withoutPerson } from './person.js';

const CHANGE_ATTEMPTS = 5;
/** Attempts per presence or zone row, because swipes may write it in between. */
const SWIPE_ATTEMPTS = 10;
const CHANGE_LANES = 8;
const DECISION_LANES = 16;

interface TableErasing extends Erasing {
  tableName: string;
}

/**
 * Removes the person from presence rows: a card taken from them, and decisions in its outbox, name them until its next
 * swipe. Rejects with an ErasureError or the error of the SDK.
 */
export function erasePresence(dynamodb: DynamoDBClient, options: TableErasing): Promise<Tally> {
  return eraseVersioned(dynamodb, 'cardKey', options, (row, person) => {
    const outbox = jsonAttribute(row['outbox']);
    const next = Array.isArray(outbox) ? outbox.map((each: unknown) => withoutHolder(each, person) ?? each) : outbox;
    const isTheirs = row['employeeId'] === person.employeeId;
    const isInOutbox = JSON.stringify(next) !== JSON.stringify(outbox);
    if (!isTheirs && !isInOutbox) return undefined;
    return { ...(isTheirs && { employeeId: undefined }), ...(isInOutbox && { outbox: JSON.stringify(next) }) };
  });
}

/** Removes the person from zone rows, which record recent presentations. Rejects like {@link erasePresence}. */
export function eraseZones(dynamodb: DynamoDBClient, options: TableErasing): Promise<Tally> {
  return eraseVersioned(dynamodb, 'zoneKey', options, (row, person) => {
    const presentations = jsonAttribute(row['presentations']);
    if (!person.isIn(presentations)) return undefined;
    return { presentations: JSON.stringify(withoutPerson(presentations, person)) };
  });
}

/** Writes each row the way decide does: as the next version, only if no other write came in between. */
async function eraseVersioned(
  dynamodb: DynamoDBClient,
  keyName: 'cardKey' | 'zoneKey',
  { tableName, person, dryRun }: TableErasing,
  without: (row: Row, person: Person) => Row | undefined,
): Promise<Tally> {
  const tally = newTally();
  for await (const rows of scanPages(dynamodb, tableName)) {
    for (const row of rows) {
      const key = { [keyName]: String(row[keyName]) };
      if (!String(row[keyName]).startsWith(`${person.tenantId}/`)) continue;
      tally.read += 1;
      if (without(row, person) === undefined) continue;
      tally.erased += 1;
      if (!dryRun) await write(row, key);
    }
  }
  return tally;

  async function write(row: Row, key: Record<string, string>): Promise<void> {
    let last: Row | undefined = row;
    for (let attempt = 0; attempt < SWIPE_ATTEMPTS && last !== undefined; attempt++) {
      const values = without(last, person);
      if (values === undefined) return;
      const { version } = last;
      const next = { ...values, version: healedVersion(version) };
      const [result] = await batchWriteIf(dynamodb, tableName, [{ key, values: next, was: { version } }]);
      if (result === 'written') return;
      if (typeof result === 'object') {
        throw new ErasureError('WRITE_REFUSED', `${tableName}: ${result.code}: ${result.message}`);
      }
      last = (await batchGet(dynamodb, [{ tableName, key }])).get(tableName)?.[0];
    }
    if (last === undefined) return;
    throw new ErasureError(
      'OVERTAKEN',
      `${tableName}, ${row[keyName]}: a swipe changed the row before every attempt. Run the command again.`,
    );
  }
}

/** Removes the person from their decisions, which stay as the record of a door. Rejects with the error of the SDK. */
export async function eraseDecisions(
  dynamodb: DynamoDBClient,
  { tableName, person, dryRun }: TableErasing,
): Promise<Tally> {
  const tally = newTally();
  for await (const page of queryPages(dynamodb, decisionsOf(tableName, person))) {
    tally.read += page.length;
    await inLanes(page, DECISION_LANES, async (row) => {
      if (dryRun || (await takeHolder(dynamodb, { tableName, row, person }))) tally.erased += 1;
    });
  }
  return tally;
}

/** Selects the decisions of the person, by the keys of their rows. */
export function decisionsOf(tableName: string, { employeeKey }: Person) {
  const index = { indexName: INDEXES.decisions.byEmployee, key: ['employeeKey', employeeKey] as const };
  return { tableName, ...index, members: ['swipeKey', 'cardId'] };
}

/** @returns false when the row has no holder or no longer exists: the index lags behind the table */
function takeHolder(
  dynamodb: DynamoDBClient,
  { tableName, row: { swipeKey, cardId }, person }: { tableName: string; row: Row; person: Person },
): Promise<boolean> {
  const update = new UpdateItemCommand({
    TableName: tableName,
    Key: itemOf({ swipeKey, cardId }),
    UpdateExpression: 'REMOVE employeeKey',
    ConditionExpression: 'employeeKey = :employeeKey',
    ExpressionAttributeValues: { ':employeeKey': attributeOf(person.employeeKey) },
  });
  return isWritten(dynamodb.send(update));
}

/**
 * Rewrites the rows of these changes. Rows that name the person come after those of their cards, and the erasure comes
 * last. A run after an interrupted one needs these rows to find the rest.
 * @throws {ErasureError} when another writer keeps changing a row; also what the SDK throws
 */
export async function eraseChangeRows(
  dynamodb: DynamoDBClient,
  { naming, ofCards, read }: ChangesOfPerson,
  { tableName, person, dryRun }: TableErasing,
): Promise<Tally> {
  const tally: Tally = { ...newTally(), read };
  const isErasure = ({ change }: StoredChange) => change.content.type === 'erase-employee';
  for (const stage of [ofCards, naming.filter((each) => !isErasure(each)), naming.filter(isErasure)]) {
    await inLanes(stage, CHANGE_LANES, async (stored) => {
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
  for (let attempt = 0, last: StoredChange | undefined = stored; attempt < CHANGE_ATTEMPTS; attempt++) {
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
function update(
  dynamodb: DynamoDBClient,
  { tableName, key, was, set, removed }: Members & { tableName: string; key: Row; was: string },
): Promise<boolean> {
  const names = Object.keys(set);
  const changes = [
    ...(names.length === 0 ? [] : [`SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`]),
    ...(removed.length === 0 ? [] : [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`]),
  ];
  const values = Object.fromEntries(names.map((name) => [`:${name}`, attributeOf(set[name])]));
  const update = new UpdateItemCommand({
    TableName: tableName,
    Key: itemOf(key),
    UpdateExpression: changes.join(' '),
    ConditionExpression: '#change = :was',
    ExpressionAttributeNames: Object.fromEntries(['change', ...names, ...removed].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: { ':was': attributeOf(was), ...values },
  });
  return isWritten(dynamodb.send(update));
}
