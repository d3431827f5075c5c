import { gzipSync } from 'node:zlib';
import t from 'tap';
import { type ArchivedKind, archiveFolder } from '../layout.js';
import { ArchiveFileError, archiveFiles, type Days, readArchive } from '../read-archive.js';
import { MemoryObjectStore } from './memory-archive.js';

async function all(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const value of values) found.push(value);
  return found;
}

t.test('folders name the day and hour in UTC', async (t) => {
  t.equal(archiveFolder('decisions', new Date('2026-11-25T01:30:00+02:00')), 'decisions/day=2026-11-24/23/');
});

t.test('reads the documents of the requested days, both inclusive, and of one kind', async (t) => {
  const store = new MemoryObjectStore();
  for (const day of ['23', '24', '25', '26']) store.add('swipes', `2026-11-${day}T00:00:00Z`, [{ day }, { day }]);
  store.add('decisions', '2026-11-24T00:00:00Z', [{ day: 'another kind' }]);
  const days = async (kind: ArchivedKind, range?: Days) => JSON.stringify(await all(readArchive(store, kind, range)));
  t.equal(await days('swipes', { from: '2026-11-24', until: '2026-11-25' }), JSON.stringify(twice('24', '25')));
  t.equal(await days('swipes', { until: '2026-11-23' }), JSON.stringify(twice('23')));
  t.equal(await days('swipes', { from: '2026-11-26' }), JSON.stringify(twice('26')));
  t.equal((await all(archiveFiles(store, 'swipes'))).length, 4);
});

function twice(...days: string[]) {
  return days.flatMap((day) => [{ day }, { day }]);
}

t.test(
  'yields undefined for a line that is not JSON, reads a last line without newline, and names a bad file',
  async (t) => {
    const store = new MemoryObjectStore();
    store.objects.set('swipes/day=2026-11-25/08/a.gz', gzipSync('{"a":1}\n\njunk\n{"a":2}'));
    t.strictSame(await all(readArchive(store, 'swipes')), [{ a: 1 }, undefined, { a: 2 }]);
    store.objects.set('swipes/day=2026-11-25/09/b.gz', gzipSync('{}\n').subarray(0, 12));
    await t.rejects(
      all(readArchive(store, 'swipes')),
      new ArchiveFileError('The archive file swipes/day=2026-11-25/09/b.gz is not complete gzip: repair or remove it.'),
    );
  },
);
