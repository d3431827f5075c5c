import t from 'tap';
import { TABLES } from '../../gateway/contract/index.js';
import { type LocalCloud, startLocalCloud } from '../../infra/local/cloud.js';
import { demoKeys, demoSite } from '../../infra/local/demo-site.js';
import { seededRandom } from '../load/random.js';
import type { Report } from '../report/report.js';
import { reportLines } from '../report/report-lines.js';
import { run } from '../run.js';
import { type Fault, FaultyGateway } from './faulty-gateway.js';

const site = demoSite();
const { keys } = demoKeys(site);

t.test('the simulator finds what a gateway does wrong', async (t) => {
  let cloud: LocalCloud;
  t.beforeEach(async () => {
    cloud = await startLocalCloud();
  });
  t.afterEach(() => cloud.stop());

  /** Runs against a gateway that does one fault to each of some swipes, until it has done them all. */
  async function runAgainst(fault: Fault | undefined, times = 3): Promise<{ report: Report; injected: Fault[] }> {
    const { dynamodb } = cloud.clients;
    const stopping = new AbortController();
    let done = 0;
    const gateway = await FaultyGateway.start(site, dynamodb, (n) => {
      if (n === 100) stopping.abort();
      if (fault === undefined || n % 20 !== 0 || done === times) return undefined;
      done += 1;
      return fault;
    });
    try {
      const report = await run({
        target: gateway.url,
        site,
        keys,
        dynamodb,
        decisionsTable: TABLES.decisions,
        presenceTable: TABLES.presence,
        rate: 300,
        readers: 24,
        warmUpMs: 0,
        exceptCards: new Set(['card-00001']),
        random: seededRandom(5),
        signal: stopping.signal,
        onProgress: () => undefined,
        decisionPatienceMs: 300,
      });
      return { report, injected: gateway.injected };
    } finally {
      await gateway.stop();
    }
  }

  const FAULTS = ['lost', 'duplicated', 'wrong', 'changed', 'reordered', 'refused', 'unanswered'] as const;

  t.test('nothing, where nothing is wrong', async (t) => {
    const { report } = await runAgainst(undefined);
    t.equal(report.ok, true, reportLines(report).join('\n'));
    for (const name of FAULTS) t.equal(report[name], 0, name);
    t.ok(report.accepted >= 100);
    t.equal(report.accepted, report.decided);
    t.type(report.ackP99Ms, 'number');
    t.type(report.decisionP99Ms, 'number');
    t.match(reportLines(report).at(-1), /Every accepted swipe has its one right decision/);
  });

  for (const [fault, name] of [
    ['lose', 'lost'],
    ['decide wrongly', 'wrong'],
    ['tell something else', 'changed'],
    ['decide twice', 'duplicated'],
    ['refuse', 'refused'],
  ] as const) {
    t.test(`${fault}: ${name}, as often as it was done`, async (t) => {
      const { report, injected } = await runAgainst(fault);
      t.equal(injected.length, 3);
      t.equal(report[name], 3, reportLines(report).join('\n'));
      t.equal(report.ok, false);
      t.ok(report.examples.length >= 1);
      t.match(reportLines(report).at(-1), /NOT SOUND/);
      for (const other of FAULTS) if (other !== name) t.equal(report[other], 0, other);
    });
  }

  for (const fault of ['shed once', 'reset once'] as const) {
    t.test(`${fault}: the same swipe comes again, and all is well`, async (t) => {
      const { report, injected } = await runAgainst(fault);
      t.equal(injected.length, 3);
      t.equal(report.ok, true, reportLines(report).join('\n'));
      t.ok(report.retries >= 3);
    });
  }
});
