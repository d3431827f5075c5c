import Fastify from 'fastify';
import t from 'tap';
import { KeyList } from '../key-list.js';

// The list does not keep the process alive.
const alive = setInterval(() => undefined, 1_000);
t.teardown(() => clearInterval(alive));

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

t.test('a failed first reading keeps its hashes and is repeated after a second', async (t) => {
  const list = new KeyList();
  t.teardown(() => list.stop());
  let readings = 0;
  const readAgain = new Promise<void>((resolve) => {
    const hashes = async function* () {
      readings += 1;
      yield [readings === 1 ? A : B];
      if (readings === 1) throw new Error('the table is away');
      resolve();
    };
    void list.keep(hashes, Fastify().log);
  });
  const beganMs = performance.now();
  await readAgain;
  t.ok(performance.now() - beganMs < 5_000);
  t.same([list.has(A), list.has(B)], [true, true]);
});

t.test('a later reading that fails leaves the list as it is', async (t) => {
  const list = new KeyList();
  await list.read(pages([A]));
  await t.rejects(list.read(pages([B], new Error('the table is away'))));
  t.same([list.has(A), list.has(B)], [true, false]);
});

async function* pages(hashes: string[], error?: Error): AsyncGenerator<string[]> {
  yield hashes;
  if (error !== undefined) throw error;
}
