import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { batchWriteIf } from '@swipegate/aws/batch-write-if';
import { scanPages } from '@swipegate/aws/scan-pages';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';
import { ErasureError } from './erasure-error.js';
import type { Person } from './person.js';
import type { Tally } from './tally.js';
import { withoutHolder, withoutPerson } from './without-person.js';

/** Attempts per row, because swipes of the card may write it in between. */
const ATTEMPTS = 10;

interface Erasing {
  tableName: string;
  person: Person;
  dryRun: boolean;
}

/**
 * Removes the person from the presence rows: a card that was taken from them keeps their id until its next swipe, as
 * do the recent decisions in its outbox. Rejects with an ErasureError or the error of the SDK.
 */
export function erasePresence(dynamodb: DynamoDBClient, options: Erasing): Promise<Tally> {
  return eraseVersioned(dynamodb, 'cardKey', options, (row, person) => {
    const outbox = jsonAttribute(row['outbox']);
    const next = Array.isArray(outbox) ? outbox.map((each: unknown) => withoutHolder(each, person) ?? each) : outbox;
    const isTheirs = row['employeeId'] === person.employeeId;
    const isInOutbox = JSON.stringify(next) !== JSON.stringify(outbox);
    if (!isTheirs && !isInOutbox) return undefined;
    return { ...(isTheirs && { employeeId: undefined }), ...(isInOutbox && { outbox: JSON.stringify(next) }) };
  });
}

/**
 * Removes the person from the zone rows, which record the recent presentations of cards. Rejects like {@link
 * erasePresence}.
 */
export function eraseZones(dynamodb: DynamoDBClient, options: Erasing): Promise<Tally> {
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
  { tableName, person, dryRun }: Erasing,
  without: (row: Row, person: Person) => Row | undefined,
): Promise<Tally> {
  const tally: Tally = { read: 0, erased: 0, removed: 0 };
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
    for (let attempt = 0; attempt < ATTEMPTS && last !== undefined; attempt++) {
      const values = without(last, person);
      if (values === undefined) return;
      const { version } = last;
      const next = { ...values, version: Number(version) + 1 };
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
