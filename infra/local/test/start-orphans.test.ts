// Own process: takes long.
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { canSeeProcesses, processesIn, start } from './start-process.js';

/** Resolves when no process that was started in the folder runs any more; otherwise the test times out. */
async function allGone(folder: string): Promise<void> {
  while (processesIn(folder).length > 0) await delay(50);
}

t.test('killing npm ends the run as cleanly as Ctrl-C', async (t) => {
  const folder = t.testdir();
  const run = start(folder, ['--no-simulator', '--no-back-office'], {
    underShell: true,
    env: { npm_lifecycle_event: 'start' },
  });
  await run.says(/ready for swipes/);
  run.child.kill('SIGKILL');
  // `code` resolves when the run itself has closed its output.
  t.equal(await run.code, null);
  t.match(run.stdout(), /Every accepted swipe has its one right decision\./);
  if (canSeeProcesses) await allGone(folder);
});

t.test('a signal to the whole process group ends the run cleanly; a killed run leaves no process behind', async (t) => {
  const folder = t.testdir();
  // As a closed terminal does, even before the first swipe.
  const run = start(folder, ['--rate', '50', '--no-back-office'], { detached: true });
  await run.says(/Post a swipe and see its decision/);
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
  t.match(next.stderr(), /Stopped before the start was complete/, 'a killed run does not keep its folder');
});
