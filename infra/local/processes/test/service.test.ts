import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { type Exit, startChild } from '../child.js';
import { ChildRoster } from '../child-roster.js';
import { portIn } from '../ports.js';
import { Service } from '../service.js';

const module = new URL('./mortal.js', import.meta.url);

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(5);
}

t.test('a process that dies is started again at its address, and work on it waits', async (t) => {
  const said: string[] = [];
  const roster = new ChildRoster((line) => said.push(line));
  t.teardown(() => roster.killAll());
  const service = await roster.startService((before) => ({ name: 'mortal', module, args: [portIn(before?.['url'])] }));
  const { url } = service.ready;
  for (const times of [1, 2]) {
    const { pid } = service;
    process.kill(pid, 'SIGKILL');
    await until(() => roster.restarts.get('mortal') === times);
    t.equal(await service.drain(20_000), undefined, 'the next process drains');
    t.not(service.pid, pid);
    t.equal(service.ready['url'], url);
    t.equal(await (await fetch(String(url))).text(), 'ok');
  }
  t.match(said, [/^mortal died \(SIGKILL\)\. It starts again in 0\.25 s\.$/, /in 0\.5 s/]);
  t.match(await service.stop(), { code: 0, expected: true });
  t.equal(roster.restarts.get('mortal'), 2, 'a stop is no death');
});

t.test('a process that cannot be started again ends the run, with what to do', async (t) => {
  const roster = new ChildRoster();
  const child = roster.add(await startChild({ name: 'mortal', module }), 'Its data is gone: use --data.');
  process.kill(child.pid, 'SIGKILL');
  await t.rejects(roster.guard(new Promise(() => undefined)), {
    code: 'CHILD_CRASHED',
    message: /^mortal exited unexpectedly \(SIGKILL\)\. Its data is gone: use --data\.$/,
  });
});

t.test('a process that dies too often is given up', async (t) => {
  const pauses: number[] = [];
  let starts = 0;
  let givenUp: (exit: Exit) => void = () => undefined;
  const ended = new Promise<Exit>((resolve) => {
    givenUp = resolve;
  });
  const service = await Service.start({
    optionsOf: () => ({ name: 'mortal', module, args: [starts++ === 0 ? '0' : 'never'] }),
    onDied: (_exit, pauseMs) => pauses.push(pauseMs),
    onGivenUp: (_child, exit) => givenUp(exit),
    pauseMs: 1,
    mostDeaths: 3,
  });
  process.kill(service.pid, 'SIGKILL');
  t.match(await ended, { code: 3 });
  t.same(pauses, [1, 2, 4]);
  t.match(await service.stop(), { code: 3 });
  t.equal(starts, 4);
});

t.test('a stop during the pause starts no other process', async (t) => {
  let starts = 0;
  const died = new EventTarget();
  const service = await Service.start({
    optionsOf: () => {
      starts += 1;
      return { name: 'mortal', module };
    },
    onDied: () => died.dispatchEvent(new Event('died')),
    onGivenUp: () => t.fail('it is not given up'),
    pauseMs: 1e6,
  });
  const pausing = once(died, 'died');
  process.kill(service.pid, 'SIGKILL');
  await pausing;
  t.match(await service.stop(), { signal: 'SIGKILL' });
  t.equal(starts, 1);
});
