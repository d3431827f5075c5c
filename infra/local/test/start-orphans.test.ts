import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { canSeeProcesses, processesIn, start } from './start-process.js';

/** Resolves when nothing that was started in the folder runs any more; else the test's time runs out. */
async function allGone(folder: string): Promise<void> {
  while (processesIn(folder).length > 0) await delay(50);
}

t.test('npm that is killed: the run ends as cleanly as by Ctrl-C', async (t) => {
  const folder = t.testdir();
  const run = start(folder, ['--no-simulator', '--no-back-office'], {
    underShell: true,
    env: { npm_lifecycle_event: 'start' },
  });
  await run.says(/ready for swipes/);
  run.child.kill('SIGKILL');
  // `code` comes when the run itself has closed its output.
  t.equal(await run.code, null);
  t.match(run.stdout(), /Every accepted swipe has its one right decision\./);
  if (canSeeProcesses) await allGone(folder);
});

t.test('a closed terminal ends it cleanly; a run that is killed leaves no process behind', async (t) => {
  const folder = t.testdir();
  const run = start(folder, ['--no-simulator', '--no-back-office'], { detached: true });
  await run.says(/ready for swipes/);
  process.kill(-(run.child.pid ?? 0), 'SIGHUP');
  t.equal(await run.code, 0, run.stderr());
  t.match(run.stdout(), /Every accepted swipe has its one right decision\./);

  const killed = start(folder, ['--no-simulator']);
  await killed.says(/ready for swipes/);
  killed.child.kill('SIGKILL');
  if (canSeeProcesses) await allGone(folder);
  const next = start(folder, ['--no-simulator', '--no-back-office']);
  await next.says(/embedded Kinesis/);
  next.child.kill('SIGTERM');
  t.equal(await next.code, 1);
  t.match(next.stderr(), /Stopped before it had started/, 'a killed run does not keep its folder');
});
