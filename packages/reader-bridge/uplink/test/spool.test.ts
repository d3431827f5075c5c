import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Spool, type SpoolSettings } from '../spool.js';

const MEGABYTE = 1_048_576;

const open = (directory: string, settings: Partial<SpoolSettings> = {}) =>
  Spool.open({ directory, maxBytes: MEGABYTE, ...settings });

/** Takes all values out, in order. */
async function drain(spool: Spool): Promise<unknown[]> {
  const values: unknown[] = [];
  for (let entries = await spool.peek(3); entries.length > 0; entries = await spool.peek(3)) {
    values.push(...entries.map(({ value }) => value));
    const last = entries.at(-1);
    if (last !== undefined) await spool.release(last);
  }
  return values;
}

const logs = (directory: string) => readdirSync(directory).filter((name) => /^\d+\.log$/.test(name));

t.test('values come out in order, also after a restart, and nothing is left', async (t) => {
  const directory = t.testdir();
  const first = await open(directory, { segmentBytes: 100 });
  await Promise.all([1, 2, 3].map((value) => first.append({ value })));
  await first.append({ value: 4 });
  const [one, two] = await first.peek(2);
  t.same([one?.value, two?.value], [{ value: 1 }, { value: 2 }]);
  if (two !== undefined) await first.release(two);
  await first.close();

  const second = await open(directory, { segmentBytes: 100 });
  await second.append({ value: 5 });
  t.same(await drain(second), [{ value: 3 }, { value: 4 }, { value: 5 }]);
  await second.append({ value: 6 });
  t.same(await drain(second), [{ value: 6 }]);
  await second.close();
  const third = await open(directory);
  t.same(await drain(third), [], 'what was released does not come back');
  t.same(logs(directory), []);
  await third.close();
});

t.test('a file that is cut at any byte has all values before the cut, and takes new ones', async (t) => {
  const directory = t.testdir();
  const source = join(directory, 'source');
  const spool = await open(source);
  const ends: number[] = [];
  const values = ['a', 'ü', { b: 1 }, 'c\n'];
  for (const value of values) {
    await spool.append(value);
    ends.push(spool.bytes);
  }
  await spool.close();
  const [name = ''] = logs(source);
  const bytes = readFileSync(join(source, name));
  t.equal(bytes.length, ends.at(-1));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const copy = join(directory, String(cut));
    mkdirSync(copy);
    writeFileSync(join(copy, name), bytes.subarray(0, cut));
    const reopened = await open(copy);
    await reopened.append('new');
    const whole = values.filter((_, index) => (ends[index] ?? 0) <= cut);
    const found = await drain(reopened);
    await reopened.close();
    if (JSON.stringify(found) !== JSON.stringify([...whole, 'new'])) t.same(found, [...whole, 'new'], `cut at ${cut}`);
  }
});

t.test('without a whole position, values are sent again, and none is left out', async (t) => {
  const directory = t.testdir();
  const source = join(directory, 'source');
  const spool = await open(source);
  for (const value of ['a', 'b', 'c']) await spool.append(value);
  const [first] = await spool.peek(1);
  if (first !== undefined) await spool.release(first);
  await spool.close();
  const [name = ''] = logs(source);
  const position = readFileSync(join(source, 'position.json'));
  for (let cut = 0; cut <= position.length; cut++) {
    const copy = join(directory, String(cut));
    mkdirSync(copy);
    writeFileSync(join(copy, name), readFileSync(join(source, name)));
    writeFileSync(join(copy, 'position.json'), position.subarray(0, cut));
    const reopened = await open(copy);
    t.same(await drain(reopened), cut < position.length ? ['a', 'b', 'c'] : ['b', 'c'], `cut at ${cut}`);
    await reopened.close();
  }
});

t.test('a line that the disk has changed is left out and told', async (t) => {
  const directory = t.testdir();
  const spool = await open(directory);
  for (const value of ['a', 'b', 'c']) await spool.append(value);
  await spool.close();
  const file = join(directory, logs(directory)[0] ?? '');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"b"', '"x"'));
  const damaged: string[] = [];
  const reopened = await open(directory, { onDamaged: (line) => damaged.push(line) });
  t.same(await drain(reopened), ['a', 'c']);
  t.equal(damaged.length, 1);
  t.match(damaged[0], /"x"$/);
  await reopened.close();
});

t.test('a full spool refuses values and keeps those it has', async (t) => {
  const spool = await open(t.testdir(), { maxBytes: 60, segmentBytes: 30 });
  await spool.append('a');
  await spool.append('b');
  await t.rejects(spool.append('c'), { code: 'SPOOL_FULL' });
  t.same(await drain(spool), ['a', 'b']);
  await spool.append('c');
  t.same(await drain(spool), ['c']);
  await spool.close();
});

t.test('a value whose question is settled is marked, also after its file has ended', async (t) => {
  const spool = await open(t.testdir(), { segmentBytes: 40 });
  await spool.append('asked', Promise.resolve(true));
  await spool.append('next');
  const [asked] = await spool.peek(1);
  t.equal(await asked?.settled, true);
  if (asked !== undefined) await spool.release(asked);
  const [next] = await spool.peek(1);
  t.same([next?.value, next?.settled], ['next', undefined]);
  await spool.close();
});

t.test('what can never be sent is kept, and can be put back', async (t) => {
  const directory = t.testdir();
  const spool = await open(directory);
  await spool.park({ a: 1 }, 'unknown reader');
  await spool.park({ a: 2 }, 'unknown reader');
  t.equal(spool.parked, 2);
  t.match(readFileSync(join(directory, 'parked.log'), 'utf8'), /"reason":"unknown reader","value":\{"a":1\}/);
  t.equal(await spool.unpark(), 2);
  t.same(await drain(spool), [{ a: 1 }, { a: 2 }]);
  t.equal(await spool.unpark(), 0);
  await spool.close();
});

t.test('a queue that is always emptied does not grow', async (t) => {
  const directory = t.testdir();
  const spool = await open(directory, { segmentBytes: 400 });
  for (let value = 0; value < 50; value++) {
    await spool.append(value);
    t.same(await drain(spool), [value]);
  }
  const bytes = logs(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  t.ok(bytes < 400, `${bytes} bytes`);
  t.equal(bytes, spool.bytes);
  await spool.close();
});
