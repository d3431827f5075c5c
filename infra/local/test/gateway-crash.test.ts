// Own process: takes long.
import { join } from 'node:path';
import type { LiveView } from '@swipegate/simulator/report/lines/live';
import { run } from '@swipegate/simulator/run/run';
import { quickRun } from '@swipegate/simulator/test/quick-run';
import t from 'tap';
import { startLocalCloud } from '../cloud/cloud.js';
import { demoKeys, demoSite } from '../demo/demo-site.js';
import { seed } from '../demo/seed.js';
import { type Child, startChild } from '../processes/child.js';
import { ChildRoster } from '../processes/child-roster.js';
import { startRunner } from '../sources/runner.js';
import { audit } from '../start/audit.js';

/** Calls back at the first progress report that meets a condition. */
class Milestones {
  #waiting: { reached: (view: LiveView) => boolean; resolve: (view: LiveView) => void }[] = [];

  reached(condition: (view: LiveView) => boolean): Promise<LiveView> {
    return new Promise((resolve) => {
      this.#waiting.push({ reached: condition, resolve });
    });
  }

  report(view: LiveView): void {
    this.#waiting = this.#waiting.filter(({ reached, resolve }) => {
      if (!reached(view)) return true;
      resolve(view);
      return false;
    });
  }
}

t.test('after kill -9 of the gateway, every swipe answered with 2xx has exactly one decision', async (t) => {
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
    checkpointsFile: join(folder, 'decide.json'),
    roster,
  });
  const startGateway = async (port: string): Promise<Child> =>
    roster.add(
      await startChild({
        name: 'gateway',
        module: new URL(import.meta.resolve('@swipegate/gateway/main')),
        env: { ...cloud.env, PORT: port, HOST: '127.0.0.1', DECISIONS_POLL_MS: '100' },
        logFile: join(folder, 'gateway.log'),
      }),
    );
  const first = await startGateway('0');
  const target = new URL(String(first.ready['url']));

  const milestones = new Milestones();
  const stopping = new AbortController();
  const running = run(
    quickRun({
      target: target.href,
      site,
      keys,
      dynamodb,
      rate: 200,
      signal: stopping.signal,
      onProgress: (view) => milestones.report(view),
    }),
  );

  const before = await milestones.reached(({ totals }) => totals.accepted >= 200);
  const exit = await first.kill();
  t.equal(exit.signal, 'SIGKILL');
  const second = await startGateway(target.port);
  t.not(second.pid, first.pid);
  await milestones.reached(({ totals }) => totals.accepted >= before.totals.accepted + 600);
  stopping.abort();
  const result = await running;

  t.match(result, {
    faults: { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 },
    counts: { refused: 0, unanswered: 0 },
    examples: [],
  });
  t.ok(result.counts.retries > 0, `the crash had an effect: ${result.counts.retries} swipes were posted again`);
  t.ok(result.counts.accepted >= 800, `${result.counts.accepted} accepted`);
  t.match(await second.stop(), { code: 0 });
  await runner.drain(30_000);
  const found = await audit(cloud.clients.kinesis, dynamodb);
  t.match(found, { lost: 0, duplicated: 0, wrong: 0 }, 'and so say streams and table');
  t.ok(found.swipes >= result.counts.accepted);
  await runner.child.stop();
});
