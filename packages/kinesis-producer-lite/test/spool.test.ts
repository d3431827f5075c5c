import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { readEntry, writeEntry } from '../spool/entry-format.js';
import { openDirectory } from '../spool/open-directory.js';
import type { SpoolEntry, SpoolFiles } from '../spool/segment.js';
import { Spool } from '../spool/spool.js';

async function newDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spool-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function settings(directory: string) {
  return { directory, maxBytes: 1_000_000, segmentBytes: 1_000 };
}

function records(text: string) {
  return { bytes: Buffer.from(text), start: 5n, end: 2n ** 128n - 1n };
}

async function textOf(spool: Spool, entry: SpoolEntry | undefined): Promise<string | undefined> {
  return entry && (await spool.read(entry))?.toString();
}

async function textsLeft(spool: Spool): Promise<(string | undefined)[]> {
  return Promise.all(spool.left.map((entry) => textOf(spool, entry)));
}

async function segments(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.segment')).sort();
}

t.test('an entry is read back; with any byte changed or missing it is rejected', async (t) => {
  const hashKey = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      hashKey,
      hashKey,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (payload, id, start, end, place, change) => {
        const file = Buffer.alloc(300);
        const length = writeEntry(file, 3, { kind: 'records', id, start, end }, payload) - 3;
        const found = readEntry(file, 3);
        t.match(found, { kind: 'records', id, start, end, length: payload.length });
        t.same(file.subarray(found?.offset, (found?.offset ?? 0) + payload.length), Buffer.from(payload));
        if (readEntry(file.subarray(0, 3 + length - 1), 3)) return false;
        const at = 3 + (place % length);
        file[at] = (file[at] ?? 0) ^ change;
        return readEntry(file, 3) === undefined;
      },
    ),
    { numRuns: 200 },
  );
});

t.test('after a restart, unsent entries are found in order; stored ones are not', async (t) => {
  const directory = await newDirectory(t);
  const spool = await Spool.open(settings(directory));
  const [one, two] = await spool.append([records('one'), records('two')]);
  const [three] = await spool.append([records('three')]);
  t.equal(await textOf(spool, two), 'two');
  if (one && three) for (const entry of [one, three]) spool.release(entry);
  await spool.append([records('four'.repeat(400)), records('five')]);
  await spool.close();

  const again = await Spool.open(settings(directory));
  t.same(await textsLeft(again), ['two', 'four'.repeat(400), 'five']);
  t.match(again.left[0], { start: 5n, end: 2n ** 128n - 1n });
  t.equal(again.tornBytes, 0);
  const [six] = await again.append([records('six')]);
  t.ok((six?.id ?? 0) > (again.left.at(-1)?.id ?? 0), 'newer than all before');
  for (const entry of [...again.left, ...(six ? [six] : [])]) again.release(entry);
  await again.close();
  t.same(await segments(directory), [], 'nothing is kept that is in the stream');
});

t.test('concurrent appends share a commit', async (t) => {
  const directory = await newDirectory(t);
  let syncs = 0;
  const counting: SpoolFiles = {
    unlink,
    async open(...args) {
      const handle = await open(...args);
      const sync = handle.datasync.bind(handle);
      handle.datasync = () => {
        syncs += 1;
        return sync();
      };
      return handle;
    },
  };
  const spool = await Spool.open(settings(directory), counting);
  await Promise.all(Array.from({ length: 50 }, (_, i) => spool.append([records(`record ${i}`)])));
  t.equal(syncs, 1);
  await spool.close();
});

t.test('a torn tail is cut off at any position', async (t) => {
  const directory = await newDirectory(t);
  const spool = await Spool.open(settings(directory));
  await spool.append([records('whole')]);
  await spool.append([records('torn')]);
  const length = spool.bytes;
  await spool.close();
  const [name = ''] = await segments(directory);
  const bytes = await readFile(join(directory, name));
  const second = bytes.indexOf('torn');
  for (const cut of [length - 1, second, second - 20, length - 62]) {
    await writeFile(join(directory, name), bytes);
    await truncate(join(directory, name), cut);
    const again = await Spool.open(settings(directory));
    t.same(await textsLeft(again), ['whole'], `cut at ${cut} of ${length}`);
    await again.append([records('later')]);
    await again.close();
    const third = await Spool.open(settings(directory));
    t.same(await textsLeft(third), ['whole', 'later'], 'nothing is appended behind what is torn');
    for (const entry of third.left) if (entry !== third.left[0]) third.release(entry);
    await third.close();
  }
});

t.test('a full disk: the append fails without a trace, and the next one works', async (t) => {
  const directory = await newDirectory(t);
  let full = false;
  const filling: SpoolFiles = {
    unlink,
    async open(...args) {
      const handle = await open(...args);
      const write = handle.write.bind(handle);
      Object.assign(handle, {
        write: async (bytes: Buffer, at: number, length: number, position: number) => {
          if (!full) return write(bytes, at, length, position);
          // Writes a part first, as a real disk does.
          await write(bytes, at, Math.floor(length / 2), position);
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        },
      });
      return handle;
    },
  };
  const spool = await Spool.open(settings(directory), filling);
  await spool.append([records('before')]);
  full = true;
  await t.rejects(spool.append([records('refused')]), {
    code: 'SPOOL_UNAVAILABLE',
    message: /ENOSPC/,
    retryable: true,
  });
  await t.rejects(spool.append([records('refused too')]), { code: 'SPOOL_UNAVAILABLE' });
  full = false;
  await spool.append([records('after')]);
  await spool.close();
  const again = await Spool.open(settings(directory));
  t.same(await textsLeft(again), ['before', 'after']);
  await again.close();
});

t.test('maxBytes is respected', async (t) => {
  const spool = await Spool.open({ ...settings(await newDirectory(t)), maxBytes: 2_000 });
  const taken: SpoolEntry[] = [];
  const refused = await (async () => {
    for (let i = 0; i < 100; i++) {
      try {
        taken.push(...(await spool.append([records('x'.repeat(100))])));
      } catch (error) {
        return error;
      }
    }
    return undefined;
  })();
  t.match(refused, { code: 'SPOOL_UNAVAILABLE', message: /spool\.maxBytes is 2000/ });
  t.ok(spool.bytes <= 2_000 && spool.bytes > 1_500, `${spool.bytes} bytes`);
  for (const entry of taken) spool.release(entry);
  while (spool.bytes > 0) await new Promise((resolve) => setImmediate(resolve));
  t.equal((await spool.append([records('again')])).length, 1);
  await spool.close();
});

t.test('a damaged entry is detected', async (t) => {
  const directory = await newDirectory(t);
  const spool = await Spool.open(settings(directory));
  const [one, two] = await spool.append([records('one'), records('two')]);
  const [name = ''] = await segments(directory);
  const handle = await open(join(directory, name), 'r+');
  await handle.write('X', one?.offset ?? 0);
  await handle.close();
  t.equal(await textOf(spool, one), undefined);
  t.equal(await textOf(spool, two), 'two');
  await spool.close();
});

t.test('a directory has one producer; a killed one leaves no lock', async (t) => {
  const directory = await newDirectory(t);
  const spool = await Spool.open(settings(directory));
  await t.rejects(Spool.open(settings(directory)), { code: 'SPOOL_LOCKED' });
  await spool.close();
  await leaveSocket(join(directory, 'lock'));
  const again = await Spool.open(settings(directory));
  await again.close();
  const long = join(directory, 'd'.repeat(120));
  const deep = await Spool.open(settings(long));
  await t.rejects(Spool.open(settings(long)), { code: 'SPOOL_LOCKED' });
  await deep.close();
});

t.test('an odd directory is refused at once, and is left as it is', async (t) => {
  const directory = await newDirectory(t);
  const at = (...names: string[]) => join(directory, ...names);
  await writeFile(at('file'), '');
  await symlink(at('nowhere', 'at', 'all'), at('dangling'));
  await symlink(at('loop'), at('loop'));
  for (const name of ['pipe', 'segment', 'lock', 'lock-directory']) await mkdir(at(name));
  await promisify(execFile)('mkfifo', [at('pipe', '000000000001.segment')]);
  await mkdir(at('segment', '000000000001.segment'));
  await writeFile(at('lock', 'lock'), 'of somebody else');
  await mkdir(at('lock-directory', 'lock'));
  const odd = [at('file'), at('file', 'below'), at('dangling'), at('loop'), at('pipe'), at('segment')];
  odd.push(at('lock'), at('lock-directory'), at('x'.repeat(300)), at('nul\0'));
  if (process.platform === 'linux')
    odd.push('/proc/spool', '/proc/a/b', '/proc/self/fd/spool', '/dev/null/spool', '/sys/a/b');
  for (const name of odd) await t.rejects(Spool.open(settings(name)), { code: 'SPOOL_UNAVAILABLE' }, name);
  t.equal(await readFile(at('lock', 'lock'), 'utf8'), 'of somebody else');
  const deep = await Spool.open(settings(at('a', 'b', 'c')));
  t.same(
    (await readdir(at('a', 'b', 'c'))).filter((name) => name !== 'lock'),
    [],
  );
  await deep.close();
});

t.test('a directory that never answers is given up, and not locked later', async (t) => {
  const directory = await newDirectory(t);
  let answer = () => {};
  const slow = () =>
    new Promise<void>((resolve) => {
      answer = resolve;
    });
  await t.rejects(openDirectory(directory, slow, 1), { message: /did not answer within 1 ms/ });
  answer();
  // The lock is taken and released in a later turn; until then another producer meets it.
  for (;;) {
    const spool = await Spool.open(settings(directory)).catch(() => undefined);
    if (spool === undefined) continue;
    await spool.close();
    break;
  }
});

/** Leaves a socket behind, as a killed process does. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  server.listen(`${path}-of-another`);
  await once(server, 'listening');
  await rename(`${path}-of-another`, path);
  server.close();
}
