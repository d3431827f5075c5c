// Own process: takes long.
import { seededRandom } from '@swipegate/contract/values/random';
import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { run } from '../run/run.js';
import { type Fault, FaultyGateway } from './faulty-gateway.js';
import { quickRun } from './quick-run.js';

const SWIPES = 10_000;
const site = demoSite();
const { keys } = demoKeys(site);

/** Sends ten thousand swipes over HTTP to a gateway that injects a fault into one of them. */
async function runAgainst(fault: Fault | undefined, hit: number) {
  const stopping = new AbortController();
  const gateway = await FaultyGateway.start(site, (n) => {
    if (n === SWIPES) stopping.abort();
    return n === hit ? fault : undefined;
  });
  try {
    const { url, table } = gateway;
    const more = { rate: 2_000, readers: 96, signal: stopping.signal, decisionPatienceMs: 500 };
    const result = await run(quickRun({ target: url.href, site, keys, dynamodb: table.client, ...more }));
    return { result, injected: gateway.injected };
  } finally {
    await gateway.stop();
  }
}

t.test('ten thousand swipes without a fault: nothing is found', async (t) => {
  const { result } = await runAgainst(undefined, 0);
  t.ok(result.counts.accepted >= SWIPES);
  t.same(result.faults, { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 });
});

for (const [fault, name] of [
  ['lose', 'lost'],
  ['decide twice', 'duplicated'],
  ['decide wrongly', 'wrong'],
  ['tell something else', 'changed'],
] as const) {
  t.test(`${fault}, one in ten thousand: ${name}, every time`, async (t) => {
    const random = seededRandom(name.length);
    const { result, injected } = await runAgainst(fault, 1 + Math.floor(random() * SWIPES));
    t.same(injected, [fault]);
    t.same(result.faults, { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0, [name]: 1 });
    t.equal(result.ok, false);
    t.match(result.examples, [new RegExp(`^${name}: swipe 0`)]);
  });
}
