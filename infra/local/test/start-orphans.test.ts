// Own process: takes long.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { canSeeProcesses, processesIn, start } from './start-process.js';

/** Resolves when no process that was started in the folder runs any more; otherwise the test times out. */
async function allGone(folder: string): Promise<void> {
  while (processesIn(folder).length > 0) await delay(50);
}

t.test('a signal to the whole process group ends the run cleanly; a killed run leaves no process behind', async (t) => {
  const folder = t.testdir();
  // As a closed terminal does, even before the first swipe.
  const run = start(folder, ['--rate', '50', '--no-back-office'], { detached: true });
  await run.says(/Post a swipe and see its decision/);
  process.kill(-(run.child.pid ?? 0), 'SIGHUP');
  t.equal(await run.code, 0, run.stderr());
  t.match(run.stdout(), /Every accepted swipe has exactly one correct decision\./);

  const killed = start(folder, ['--no-simulator']);
  await killed.says(/embedded Kinesis/);
  killed.child.kill('SIGKILL');
  if (canSeeProcesses) await allGone(folder);
});

t.test(
  '--data: after kill -9 of all processes and a start, nothing acknowledged is lost; killing npm is as clean as Ctrl-C',
  async (t) => {
    const folder = t.testdir();
    const first = start(folder, ['--no-simulator', '--data', 'kept'], { detached: true });
    await first.says(/ready for swipes/);
    const before = access(folder);
    const swipeIds = Array.from({ length: 20 }, () => randomUUID());
    const posted = swipeIds.map((swipeId, i) => ({
      swipeId,
      readAt: new Date().toISOString(),
      readerId: READER,
      cardId: `card-0000${i % 9}`,
    }));
    t.equal((await ask(`${before.gateway}/v1/swipes`, before.keys[READER], posted)).status, 207);
    const { url: api, tokens } = before.admin;
    const changed = await ask(`${api}/v1/cards/card-00042/lost`, tokens['samuel'], { why: 'Left on the train' });
    t.equal(changed.status, 202);
    // Before anything is decided or applied.
    const pids = canSeeProcesses ? processesIn(folder).map(Number) : [first.child.pid ?? 0];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    if (canSeeProcesses) await allGone(folder);

    const second = start(folder, ['--no-simulator', '--data', 'kept'], {
      underShell: true,
      env: { npm_lifecycle_event: 'start' },
    });
    await second.says(/ready for swipes/);
    const after = access(folder);
    t.same(after.keys, before.keys, 'readers keep their keys');
    for (const swipeId of swipeIds) {
      const url = `${after.gateway}/v1/swipes/${swipeId}/decision`;
      await until(async () => (await ask(url, after.keys[READER])).status === 200);
    }
    const card = `${after.admin.url}/v1/cards/card-00042`;
    await until(async () => JSON.parse((await ask(card, after.admin.tokens['samuel'])).text).status === 'lost');
    second.child.kill('SIGKILL');
    // `code` resolves when the run itself has closed its output.
    t.equal(await second.code, null);
    t.match(second.stdout(), /accepted +20\n/);
    t.match(second.stdout(), /Every accepted swipe has exactly one correct decision\./);
    if (canSeeProcesses) await allGone(folder);
  },
);

const READER = 'hq-garage-in-1';

function access(folder: string) {
  return JSON.parse(readFileSync(join(folder, '.swipegate/keys.json'), 'utf8'));
}

async function ask(url: string, key: string, body?: object): Promise<{ status: number; text: string }> {
  const authorization = `Bearer ${key}`;
  const answer = await fetch(url, {
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Resolves when it is so; otherwise the test times out. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(100);
}
