import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleRun } from '@swipegate/simulator/report/test/sample-run';
import t, { type Test } from 'tap';
import { startChild } from '../processes/child.js';
import { ChildRoster } from '../processes/child-roster.js';
import { startSimulation } from '../start/simulation.js';

const module = new URL('./odd-child.js', import.meta.url);

function simulate(t: Test, behaviour: string, earlier?: object) {
  const folder = t.testdir();
  const outFile = join(folder, 'run.json');
  if (earlier !== undefined) writeFileSync(outFile, JSON.stringify(earlier));
  const simulation = startSimulation({
    target: 'http://127.0.0.1:9',
    siteFile: 'site.json',
    keysFile: 'keys.json',
    args: [],
    exceptCards: [],
    outFile,
    onProbe: () => undefined,
    env: { ODD_CHILD: behaviour },
    logFile: join(folder, 'log'),
    roster: new ChildRoster(),
    module,
  });
  return { simulation, outFile };
}

t.test('a large result reaches a parent that is slow to read', async (t) => {
  const { simulation } = simulate(t, 'ends with a large result');
  const { finished } = await simulation;
  // The pipe between both processes holds far less than the result.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  t.equal((await finished).seconds.length, 4_010, 'with the warm-up');
});

t.test('a result that was written but never sent counts, one of an earlier run does not', async (t) => {
  const earlier = sampleRun({ seconds: 20 });
  const { simulation, outFile } = simulate(t, 'is killed after it wrote its result', earlier);
  t.same(await (await simulation).finished, JSON.parse(readFileSync(outFile, 'utf8')));
  t.not(JSON.parse(readFileSync(outFile, 'utf8')).seconds.length, earlier.seconds.length);

  const without = await simulate(t, 'ends without a result', earlier).simulation;
  await t.rejects(without.finished, { code: 'CHILD_EXITED', message: /without a result/ });
});

t.test('a drain ends when the child exits, and takes only its own answer', async (t) => {
  const start = async (behaviour: string) => {
    const child = await startChild({ name: behaviour, module, env: { ODD_CHILD: behaviour } });
    t.teardown(() => child.kill());
    return child;
  };
  t.equal(await (await start('exits instead of draining')).drain(600_000), 'it exited');
  const late = await start('drains late');
  t.match(await late.drain(0), 'did not catch up');
  t.equal(await late.drain(600_000), 'of 2');
});
