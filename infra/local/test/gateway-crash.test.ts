import { join } from 'node:path';
import t from 'tap';
import { seededRandom } from '../../../simulator/load/random.js';
import type { Progress } from '../../../simulator/report/report.js';
import { run } from '../../../simulator/run.js';
import { tables } from '../../resources.js';
import { audit } from '../audit.js';
import { type Child, startChild } from '../child.js';
import { ChildRoster } from '../child-roster.js';
import { startLocalCloud } from '../cloud.js';
import { demoKeys, demoSite } from '../demo-site.js';
import { startRunner } from '../runner.js';
import { seed } from '../seed.js';

/** Calls back at the first progress that satisfies a condition. */
class Milestones {
  #waiting: { reached: (progress: Progress) => boolean; resolve: (progress: Progress) => void }[] = [];

  reached(condition: (progress: Progress) => boolean): Promise<Progress> {
    return new Promise((resolve) => {
      this.#waiting.push({ reached: condition, resolve });
    });
  }

  report(progress: Progress): void {
    this.#waiting = this.#waiting.filter(({ reached, resolve }) => {
      if (!reached(progress)) return true;
      resolve(progress);
      return false;
    });
  }
}

t.test('kill -9 of the gateway in mid-run: every swipe with a 2xx has its one decision', async (t) => {
  const folder = t.testdir();
  const cloud = await startLocalCloud();
  t.teardown(() => cloud.stop());
  const roster = new ChildRoster();
  t.teardown(() => roster.killAll());
  const { dynamodb } = cloud.clients;
  const site = demoSite();
  const { keys, rows } = demoKeys(site);
  await seed(dynamodb, site, rows);
  const runner = await startRunner({
    env: cloud.env,
    logFile: join(folder, 'decide.log'),
    onFailureFile: join(folder, 'failed.jsonl'),
    roster,
  });
  const startGateway = async (port: string): Promise<Child> =>
    roster.add(
      await startChild({
        name: 'gateway',
        module: new URL('../../../gateway/main.js', import.meta.url),
        env: { ...cloud.env, PORT: port, HOST: '127.0.0.1', DECISIONS_POLL_MS: '20' },
        logFile: join(folder, 'gateway.log'),
      }),
    );
  const first = await startGateway('0');
  const target = new URL(String(first.ready['url']));

  const milestones = new Milestones();
  const stopping = new AbortController();
  const running = run({
    target,
    site,
    keys,
    dynamodb,
    decisionsTable: tables.decisions.name,
    presenceTable: tables.presence.name,
    rate: 200,
    readers: site.readers.length,
    warmUpMs: 0,
    exceptCards: new Set(),
    random: seededRandom(1),
    signal: stopping.signal,
    onProgress: (progress) => milestones.report(progress),
  });

  const before = await milestones.reached(({ accepted }) => accepted >= 200);
  const exit = await first.kill();
  t.equal(exit.signal, 'SIGKILL');
  const second = await startGateway(target.port);
  t.not(second.pid, first.pid);
  await milestones.reached(({ accepted }) => accepted >= before.accepted + 600);
  stopping.abort();
  const report = await running;

  t.match(report, {
    lost: 0,
    duplicated: 0,
    wrong: 0,
    changed: 0,
    reordered: 0,
    refused: 0,
    unanswered: 0,
    examples: [],
    ok: true,
  });
  t.ok(report.retries > 0, `the crash was felt: ${report.retries} swipes were posted again`);
  t.ok(report.accepted >= 800, `${report.accepted} accepted`);
  t.match(await second.stop(), { code: 0 });
  await runner.drain(30_000);
  const found = await audit(cloud.clients.kinesis, dynamodb);
  t.match(found, { lost: 0, duplicated: 0, wrong: 0 }, 'and so say streams and table');
  t.ok(found.swipes >= report.accepted);
  await runner.child.stop();
});
