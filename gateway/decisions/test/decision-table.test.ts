import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { decisionRow, TABLES } from '@swipegate/contract';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import t from 'tap';
import { decisionFor, swipe } from '../../test/test-app.js';
import { readerHistory } from '../decision-table.js';

const cloud = await startTestCloud();
t.teardown(() => cloud.stop());
const documents = DynamoDBDocumentClient.from(cloud.clients.dynamodb);

t.test('returns a reader’s decisions from a key on, the newest if there are too many', async (t) => {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 25, 12, 0, second)).toISOString();
  const put = async (second: number, readerId: string) => {
    const decision = decisionFor(swipe({ readerId }), { decidedAt: at(second) });
    const Item = decisionRow(decision, 4_000_000_000);
    await documents.send(new PutCommand({ TableName: TABLES.decisions, Item }));
    return decision;
  };
  const north = [];
  for (const second of [3, 1, 4, 2]) north.push(await put(second, 'north-in'));
  await put(3, 'south-in');
  const history = readerHistory(cloud.clients.dynamodb, TABLES.decisions);
  const [three, one, four, two] = north;
  t.same(await history('acme', 'north-in', at(0), 10), { decisions: [one, two, three, four], more: false });
  t.same(await history('acme', 'north-in', at(2), 3), { decisions: [two, three, four], more: false });
  t.same(await history('acme', 'north-in', at(0), 2), { decisions: [three, four], more: true });
  t.same(await history('globex', 'north-in', at(0), 2), { decisions: [], more: false }, 'of this tenant only');
});
