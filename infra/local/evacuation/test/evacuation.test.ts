// Own process: takes long.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@swipegate/contract/values/random';
import t from 'tap';
import { demoSite } from '../../demo/demo-site.js';
import { canSeeProcesses, processesIn } from '../../test/start-process.js';
import { evacuees, exitsOf } from '../evacuees.js';
import { ExitReader, ExitRefusedError } from '../exit-reader.js';
import { evacuationLine, evacuationLines, stayerLines } from '../view.js';

const entry = fileURLToPath(new URL('../main.js', import.meta.url));

function start(folder: string, args: string[]) {
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  }
  return { child, output, code: once(child, 'close').then(([code]) => code) };
}

t.test('200 people in 3 s: the list ends at exactly those who stayed', async (t) => {
  const folder = t.testdir();
  const run = start(folder, ['--people', '200', '--seconds', '3', '--json']);
  t.equal(await run.code, 0, run.output.stderr);
  const result = JSON.parse(run.output.stdout);
  t.match(result, { ok: true, people: 200, left: 199, lost: 0, duplicated: 0, wrong: 0 });
  t.same(
    result.mustered.map(({ cardId }: { cardId: string }) => cardId),
    result.stayed,
  );
  t.match(run.output.stderr, /The alarm sounds: 200 people/);
  if (canSeeProcesses) t.same(processesIn(folder), [], 'no process is left behind');
});

t.test('Ctrl-C ends the run with a message and leaves no process behind', async (t) => {
  const folder = t.testdir();
  const run = start(folder, ['--people', '100', '--seconds', '600']);
  await new Promise<void>((resolve) => {
    run.child.stdout.on('data', () => run.output.stdout.includes('The alarm sounds') && resolve());
  });
  run.child.kill('SIGINT');
  t.equal(await run.code, 1);
  t.match(run.output.stderr, /Stopped before the end: the muster list was not checked/);
  if (canSeeProcesses) t.same(processesIn(folder), [], 'no process is left behind');
});

t.test('an invalid option is reported with the fix', async (t) => {
  for (const [args, says] of [
    [['--people', '5'], /--people 5 is not a whole number from 10 to 5000: write/],
    [['--seconds', '1.5'], /--seconds 1\.5 is not a whole number/],
    [['--poeple', '5'], /mean --people/],
  ] as const) {
    const run = start(t.testdir(), [...args]);
    t.equal(await run.code, 2);
    t.match(run.output.stderr, says);
  }
});

t.test('each person is inside once and leaves in time by a door that leads outdoors', async (t) => {
  const site = demoSite();
  const plan = { site, buildingId: 'hq', people: 1_000, seconds: 60, random: seededRandom(7), nowMs: Date.now() };
  const people = evacuees(plan);
  t.equal(people.length, 1_000);
  t.equal(new Set(people.map(({ card }) => card.cardId)).size, 1_000);
  t.ok(people.every(({ card, place }) => card.employeeId !== undefined && place.buildingId === 'hq'));
  const exits = people.flatMap(({ exit }) => exit ?? []);
  t.equal(people.length - exits.length, 2, 'people who stay');
  t.ok(exits.every(({ atMs }) => atMs >= 0 && atMs <= 60_000));
  t.same(exitsOf(site, 'hq'), ['hq-north-out-1', 'hq-north-out-2', 'hq-south-out-1', 'hq-garage-out-1']);
  t.same(new Set(exits.map(({ readerId }) => readerId)), new Set(exitsOf(site, 'hq')));
  t.ok(new Set(people.map(({ place }) => place.zoneId)).size === 4, 'in every zone');
});

t.test('an exit that is not accepted is posted again with its id; a permanent refusal ends the run', async (t) => {
  const bodies: { swipeId: string }[][] = [];
  const answers: [number, object][] = [
    [503, { code: 'overloaded' }],
    [207, { accepted: 1, rejected: [{ index: 1, code: 'stream-unavailable', reason: 'later' }] }],
    [207, { accepted: 1, rejected: [] }],
    [403, { code: 'reader-not-allowed' }],
  ];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      bodies.push(JSON.parse(text));
      const [status, body] = answers.shift() ?? [500, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  let accepted = 0;
  const reader = new ExitReader({
    gatewayUrl: `http://127.0.0.1:${port}`,
    key: 'sgk_a',
    onAccepted: (swipes) => {
      accepted += swipes;
    },
  });
  const swipe = (swipeId: string) => ({ swipeId, readerId: 'r', cardId: 'c', readAt: '2026-11-25T08:00:00Z' });
  reader.swiped(swipe('a'));
  reader.swiped(swipe('b'));
  await reader.settled();
  t.equal(accepted, 2);
  t.same(
    bodies.map((body) => body.map(({ swipeId }) => swipeId).join('')),
    ['a', 'ab', 'b'],
  );
  reader.swiped(swipe('c'));
  await t.rejects(reader.settled(), ExitRefusedError);
});

t.test('the view fits the terminal and counts by zone', async (t) => {
  const { zones } = demoSite();
  const entry = (i: number) => ({
    cardId: `card-${i}`,
    employeeId: `emp-${i}`,
    name: `A name that is ${'very '.repeat(i)}long`,
    zoneId: i % 2 === 0 ? 'hq-offices' : 'hq-lab',
    since: '2026-11-25T08:00:00Z',
  });
  const inside = Array.from({ length: 10 }, (_, i) => entry(i));
  const view = { elapsedMs: 61_000, people: 20, accepted: 10, perSecond: 3, inside, zones: zones.slice(0, 4) };
  for (const columns of [20, 40, 80, 200]) {
    for (const line of evacuationLines(view, { color: false, columns }))
      t.ok(line.length < Math.min(79, columns), line);
  }
  const text = evacuationLines(view, { color: false, columns: 80 }).join('\n');
  t.match(text, /10 of 20 still inside/);
  t.match(text, /Laboratory +5 /);
  t.match(evacuationLine(view), '01:01  inside 10  exits taken 10 (3/s)');
  for (const line of stayerLines(inside, zones)) t.ok(line.length <= 78);
  t.match(stayerLines(inside, zones)[0], /emp-0 +Offices/);
});
