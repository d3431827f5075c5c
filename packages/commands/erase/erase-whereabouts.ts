import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { batchWriteIf } from '@swipegate/aws/batch-write-if';
import { scanPages } from '@swipegate/aws/scan-pages';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';
import { ErasureError } from './erasure-error.js';
import type { Person } from './person.js';
import type { Tally } from './tally.js';
import { withoutHolder, withoutPerson } from './without-person.js';

/** Swipes of the card may come between. */
const ATTEMPTS = 10;

interface Erasing {
  tableName: string;
  person: Person;
  dryRun: boolean;
}

/**
 * Rows of presence: a card that was taken from the person has their id until its next swipe, and the decisions that it was
 * shown for lately too. Rejects with an ErasureError, or with what the SDK rejects with.
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

/** Rows of zones that count who is in them: they note who showed a card of late. Rejects as {@link erasePresence}. */
export function eraseZones(dynamodb: DynamoDBClient, options: Erasing): Promise<Tally> {
  return eraseVersioned(dynamodb, 'zoneKey', options, (row, person) => {
    const presentations = jsonAttribute(row['presentations']);
    if (!person.isIn(presentations)) return undefined;
    return { presentations: JSON.stringify(withoutPerson(presentations, person)) };
  });
}

/** Each row is written as decide writes it: as one more version, or not at all where another came between. */
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
      `${tableName}, ${row[keyName]}: swipes came before each attempt. Run it again.`,
    );
  }
}
