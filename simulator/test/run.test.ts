import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { resultLines } from '../report/lines/result-lines.js';
import type { RunResult } from '../report/result/run-result.js';
import { run } from '../run/run.js';
import { type Fault, FaultyGateway } from './faulty-gateway.js';
import { quickRun } from './quick-run.js';

const site = demoSite();
const { keys } = demoKeys(site);

t.test('the simulator finds faults of the gateway', async (t) => {
  /** Runs against a gateway that injects a fault into `times` swipes. */
  async function runAgainst(fault: Fault | undefined, times = 3): Promise<{ result: RunResult; injected: Fault[] }> {
    const stopping = new AbortController();
    let done = 0;
    let isDue = false;
    const gateway = await FaultyGateway.start(site, (n, isFirst) => {
      if (n === 100) stopping.abort();
      isDue ||= n % 20 === 0;
      // Not into a repeat: the answer that it repeats would then count as wrong, too.
      if (fault === undefined || !isDue || !isFirst || done === times) return undefined;
      isDue = false;
      done += 1;
      return fault;
    });
    try {
      const result = await run(
        quickRun({
          target: gateway.url.href,
          site,
          keys,
          dynamodb: gateway.table.client,
          exceptCards: ['card-00001'],
          signal: stopping.signal,
          decisionPatienceMs: 300,
        }),
      );
      return { result, injected: gateway.injected };
    } finally {
      await gateway.stop();
    }
  }

  const text = (result: RunResult) => resultLines(result, { color: false, columns: 80 });
  const faultsOf = ({ faults, counts }: RunResult): Record<string, number> => {
    return { ...faults, refused: counts.refused, unanswered: counts.unanswered };
  };

  t.test('none, if there are none', async (t) => {
    const { result } = await runAgainst(undefined);
    for (const [name, count] of Object.entries(faultsOf(result))) t.equal(count, 0, name);
    t.ok(result.counts.accepted >= 100);
    t.equal(result.counts.accepted, result.counts.decided);
    t.type(result.ack.fromDue.p99, 'number');
    t.type(result.decision.fromSend.p99, 'number');
    t.notMatch(text(result).at(-1), /NOT SOUND/);
  });

  for (const [fault, name] of [
    ['lose', 'lost'],
    ['decide wrongly', 'wrong'],
    ['tell something else', 'changed'],
    ['decide twice', 'duplicated'],
    ['refuse', 'refused'],
  ] as const) {
    t.test(`${fault}: counted as ${name}, each time`, async (t) => {
      const { result, injected } = await runAgainst(fault);
      t.equal(injected.length, 3);
      t.equal(faultsOf(result)[name], 3, text(result).join('\n'));
      t.equal(result.ok, false);
      t.ok(result.examples.length >= 1);
      t.match(text(result).at(-1), /NOT SOUND/);
      for (const [other, count] of Object.entries(faultsOf(result))) if (other !== name) t.equal(count, 0, other);
    });
  }

  for (const fault of ['shed once', 'reset once'] as const) {
    t.test(`${fault}: the retry of the swipe succeeds`, async (t) => {
      const { result, injected } = await runAgainst(fault);
      t.equal(injected.length, 3);
      for (const [name, count] of Object.entries(faultsOf(result))) t.equal(count, 0, name);
      t.ok(result.counts.retries >= 3);
    });
  }
});
