// Own process: takes long.
import { seededRandom } from '@swipegate/contract/values/random';
import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { run } from '../run/run.js';
import { type Fault, FaultyGateway } from './faulty-gateway.js';
import { quickRun } from './quick-run.js';

const SWIPES = 10_000;
const READERS = 96;
const site = demoSite();
const { keys } = demoKeys(site);

/** Sends ten thousand swipes over HTTP to a gateway that injects faults into those with the given numbers. */
async function runAgainst(faults: ReadonlyMap<number, Fault>) {
  const stopping = new AbortController();
  const gateway = await FaultyGateway.start(site, (n) => {
    // Swipes that are under way at the end may stay unanswered, one for each reader.
    if (n === SWIPES + READERS) stopping.abort();
    return faults.get(n);
  });
  try {
    const { url, table } = gateway;
    const more = { rate: 2_000, readers: READERS, signal: stopping.signal, decisionPatienceMs: 500 };
    const result = await run(quickRun({ target: url.href, site, keys, dynamodb: table.client, ...more }));
    return { result, injected: gateway.injected };
  } finally {
    await gateway.stop();
  }
}

t.test('ten thousand swipes without a fault: nothing is found', async (t) => {
  const { result } = await runAgainst(new Map());
  t.ok(result.counts.accepted >= SWIPES, `${result.counts.accepted} accepted`);
  t.same(result.faults, { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 });
});

t.test('one swipe of each fault in ten thousand: each is found, and nothing else', async (t) => {
  const random = seededRandom(7);
  const faults = ['lose', 'decide twice', 'decide wrongly', 'tell something else'] as const;
  // One in each quarter, so that two faults never meet in one swipe.
  const places = faults.map((fault, i) => [1 + Math.floor(((i + random()) * SWIPES) / faults.length), fault] as const);
  const { result, injected } = await runAgainst(new Map(places));
  t.same([...injected].sort(), [...faults].sort());
  t.same(result.faults, { lost: 1, duplicated: 1, wrong: 1, changed: 1, reordered: 0 });
  t.equal(result.ok, false);
  for (const name of ['lost', 'duplicated', 'wrong', 'changed']) {
    t.ok(
      result.examples.some((example) => example.startsWith(`${name}: swipe 0`)),
      `an example of ${name}`,
    );
  }
});
