import { mkdtemp, open, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { KinesisProducerOptions, ProducerEvent } from '../api/options.js';
import { contains, hashKeyOf, MAX_HASH_KEY, type Shard } from '../api/shard-map.js';
import type { SpoolFiles } from '../spool/segment.js';
import { evenShards, refused, ScriptedTransport, stored } from './scripted-transport.js';
import { startWith } from './start-with.js';

async function newDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spooling-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function start(
  directory: string,
  transport = new ScriptedTransport(),
  options: Partial<KinesisProducerOptions> = {},
  files?: SpoolFiles,
) {
  const events: ProducerEvent[] = [];
  const producer = await startWith(
    {
      streamName: 'scripted',
      client: { region: 'us-east-1' },
      retryBaseMs: 1,
      retryMaxMs: 2,
      lingerMs: 0,
      spool: { directory, afterMs: 20 },
      onEvent: (event) => events.push(event),
      ...options,
    },
    () => transport,
    files,
  );
  return { producer, transport, events };
}

const SPOOLED = { durable: 'spool' };

/** Rejects every call until stopped. The test answers the later ones. */
async function refuseUntil(transport: ScriptedTransport, done: Promise<unknown>): Promise<void> {
  let over = false;
  void done.then(() => {
    over = true;
  });
  while (!over) {
    if (transport.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    else {
      const call = await transport.next();
      call.answer(call.records.map(() => refused()));
    }
  }
}

/** Stores every call and collects the texts. */
async function storeAll(transport: ScriptedTransport, texts: number, shardId = 'shard-0'): Promise<string[]> {
  const sent: string[] = [];
  while (sent.length < texts) {
    const call = await transport.next();
    sent.push(...call.records.flatMap((record) => record.texts));
    call.answer(call.records.map(() => stored(shardId)));
  }
  return sent;
}

async function segments(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.segment'));
}

t.test('records that the stream rejects are spooled, acknowledged and later sent first', async (t) => {
  const directory = await newDirectory(t);
  const { producer, transport, events } = await start(directory);
  const one = producer.put('k', 'one');
  await refuseUntil(transport, one);
  t.same(await one, SPOOLED);
  const two = producer.put('k', 'two');
  await refuseUntil(transport, two);
  t.same(await two, SPOOLED);
  t.ok(producer.healthy, 'records are safe');
  t.match(producer.metrics(), { spooled: 2, userRecords: 0, failed: 0 });
  t.ok(producer.metrics().spooledBytes > 0);
  const three = producer.put('k', 'three');
  t.same(await storeAll(transport, 3), ['one', 'two', 'three']);
  await three;
  t.match(
    events.filter(({ type }) => type === 'spooled'),
    [{ shardId: 'shard-0', userRecords: 1 }, { userRecords: 1 }],
  );
  await producer.close();
  t.same(await segments(directory), []);
  t.equal(producer.bufferedBytes, 0);
});

t.test('a hanging call: its record is spooled, too, and not sent again if the call succeeds', async (t) => {
  const directory = await newDirectory(t);
  const { producer, transport } = await start(directory);
  const one = producer.put('k', 'one');
  const hanging = await transport.next();
  const two = producer.put('k', 'two');
  t.same(await Promise.all([one, two]), [SPOOLED, SPOOLED]);
  t.equal(transport.waiting, 0, 'one of a shard in flight');
  hanging.answer([stored()]);
  t.same(await storeAll(transport, 1), ['two']);
  await producer.close();
  t.same(await segments(directory), []);
});

t.test('a hanging call that fails: its record is sent again, before those behind it', async (t) => {
  const { producer, transport } = await start(await newDirectory(t));
  const puts = [producer.put('k', 'one')];
  const hanging = await transport.next();
  puts.push(producer.put('k', 'two'), producer.put('k', 'three'));
  await Promise.all(puts);
  hanging.answer([refused('timeout')]);
  t.same(await storeAll(transport, 3), ['one', 'two', 'three']);
  await producer.close();
  t.equal(producer.bufferedBytes, 0);
});

t.test('the next producer sends the spooled records before anything newer', async (t) => {
  const directory = await newDirectory(t);
  const first = await start(directory);
  const puts = [first.producer.put('a', 'one')];
  await first.transport.next();
  puts.push(first.producer.put('b', 'two'));
  t.same(await Promise.all(puts), [SPOOLED, SPOOLED]);
  await first.producer.close({ deadlineMs: 0 });

  const { producer, transport, events } = await start(directory);
  const three = producer.put('a', 'three');
  t.same(await storeAll(transport, 3), ['one', 'two', 'three']);
  await three;
  t.match(events[0], { type: 'spool-recovered', entries: 2, tornBytes: 0 });
  await producer.close();
  t.same(await segments(directory), []);
});

t.test('close during an outage leaves everything on disk', async (t) => {
  const directory = await newDirectory(t);
  const { producer, transport } = await start(directory, undefined, { spool: { directory, afterMs: 60_000 } });
  const puts = [producer.put('k', 'one')];
  await transport.next();
  puts.push(producer.put('k', 'two'));
  await producer.close({ deadlineMs: 5 });
  t.same(await Promise.all(puts), [SPOOLED, SPOOLED]);
  const again = await start(directory);
  t.same(await storeAll(again.transport, 2), ['one', 'two']);
  await again.producer.close();
});

t.test('a full disk: records wait in memory, put throws when that is full, and nothing is lost', async (t) => {
  const directory = await newDirectory(t);
  let full = true;
  const files: SpoolFiles = {
    unlink,
    open: (...args) => (full ? Promise.reject(new Error('ENOSPC: no space left on device')) : open(...args)),
  };
  const { producer, transport, events } = await start(
    directory,
    undefined,
    { maxRecordBytes: 4_096, maxBufferedBytes: 8_192 },
    files,
  );
  const puts: Promise<unknown>[] = [];
  const fill = () => {
    for (;;) puts.push(producer.put('k', `${puts.length}`.padEnd(1_000)));
  };
  t.throws(fill, { code: 'BUFFER_FULL' });
  const unhealthy = new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (producer.healthy || !events.some(({ type }) => type === 'spool-failed')) return;
      clearInterval(look);
      resolve();
    }, 1);
  });
  // Neither stream nor disk accepts anything.
  await refuseUntil(transport, unhealthy);
  t.throws(fill, { code: 'BUFFER_FULL' });
  full = false;
  await refuseUntil(transport, Promise.all(puts));
  t.same(
    await Promise.all(puts),
    puts.map(() => SPOOLED),
  );
  t.same(
    (await storeAll(transport, puts.length)).map((text) => Number(text)),
    puts.map((_, i) => i),
  );
  await producer.close();
});

/** A key of the shard. */
function keyIn(shard: Shard | undefined): string {
  for (let i = 0; ; i++) if (shard && contains(shard, hashKeyOf(`key-${i}`))) return `key-${i}`;
}

/** shard-0, split in two. */
const AFTER_SPLIT: Shard[] = [
  { id: 'shard-0', start: 0n, end: MAX_HASH_KEY, open: false },
  ...evenShards(2).map((shard, i) => ({ ...shard, id: `child-${i}` })),
];

/**
 * Stores records `a…` in the lower child and `b…` in the upper one until `texts` are stored.
 * @returns the texts of each
 */
async function storeByChild(transport: ScriptedTransport, texts: number): Promise<string[][]> {
  const sent: string[][] = [[], []];
  while (sent.flat().length < texts) {
    const call = await transport.next();
    call.answer(
      call.records.map(({ texts: own }) => {
        const child = own[0]?.startsWith('a') ? 0 : 1;
        sent[child]?.push(...own);
        return stored(`child-${child}`);
      }),
    );
  }
  return sent;
}

t.test('a shard splits while its records are on disk: each child gets its own once, in order', async (t) => {
  const directory = await newDirectory(t);
  const [low, high] = evenShards(2);
  const [a, b] = [keyIn(low), keyIn(high)];
  const before = await start(directory);
  const puts = [before.producer.put(a, 'a1')];
  await before.transport.next();
  puts.push(before.producer.put(b, 'b1'), before.producer.put(a, 'a2'), before.producer.put(b, 'b2'));
  await Promise.all(puts);
  await before.producer.close({ deadlineMs: 0 });

  const transport = new ScriptedTransport(AFTER_SPLIT);
  const { producer } = await start(directory, transport);
  t.same(await storeByChild(transport, 4), [
    ['a1', 'a2'],
    ['b1', 'b2'],
  ]);
  await producer.close();
  t.same(await segments(directory), [], 'an entry goes when all its parts are stored');
});

t.test('a shard splits during puts: spooled records move to the children, nothing is lost', async (t) => {
  const directory = await newDirectory(t);
  const [low, high] = evenShards(2);
  const [a, b] = [keyIn(low), keyIn(high)];
  const { producer, transport } = await start(directory);
  const puts = [producer.put(a, 'a1')];
  const hanging = await transport.next();
  puts.push(producer.put(b, 'b1'), producer.put(a, 'a2'), producer.put(b, 'b2'));
  t.same(
    await Promise.all(puts),
    puts.map(() => SPOOLED),
  );
  transport.shards = AFTER_SPLIT;
  hanging.answer([stored('child-0')]);
  t.same(await storeByChild(transport, 4), [
    ['a1', 'a2'],
    ['b1', 'b2'],
  ]);
  await producer.close();
  t.same(await segments(directory), []);
});

t.test('shards split and merge while records are on disk: parts stay separate, and order is kept', async (t) => {
  const directory = await newDirectory(t);
  const [low, high] = evenShards(2);
  const [a, b] = [keyIn(low), keyIn(high)];
  const { producer, transport } = await start(directory);
  const puts = [producer.put(a, 'a1')];
  const hanging = await transport.next();
  puts.push(producer.put(b, 'b1'), producer.put(a, 'a2'), producer.put(b, 'b2'));
  await Promise.all(puts);
  const whole = { id: 'shard-0', start: 0n, end: MAX_HASH_KEY, open: false };
  const children = evenShards(2).map((shard, i) => ({ ...shard, id: `child-${i}` }));
  transport.shards = [whole, ...children];
  hanging.answer([stored('child-0')]);
  // One child stores its records, the other does not; then they merge.
  const sent: string[] = [];
  for (let merged = false; new Set(sent).size < 4; ) {
    const call = await transport.next();
    call.answer(
      call.records.map(({ texts }) => {
        if (merged) {
          sent.push(...texts);
          return stored('merged');
        }
        if (texts[0]?.startsWith('b')) return refused();
        sent.push(...texts);
        if (!sent.includes('a1')) return stored('child-0');
        merged = true;
        transport.shards = [
          whole,
          ...children.map((child) => ({ ...child, open: false })),
          { ...whole, id: 'merged', open: true },
        ];
        return stored('merged');
      }),
    );
  }
  for (const key of ['a', 'b']) {
    const own = Array.from(new Set(sent.filter((text) => text.startsWith(key))));
    t.same(own, [`${key}1`, `${key}2`], 'in order');
  }
  await producer.close();
  t.same(await segments(directory), []);
});

t.test('damaged spool entries are reported and do not block others', async (t) => {
  const directory = await newDirectory(t);
  const { producer, transport, events } = await start(directory);
  const puts = [producer.put('k', 'first')];
  const hanging = await transport.next();
  puts.push(producer.put('k', 'second'));
  await Promise.all(puts);
  const third = producer.put('k', 'third');
  await third;
  const [name = ''] = await segments(directory);
  const handle = await open(join(directory, name), 'r+');
  const bytes = await handle.readFile();
  await handle.write('X', bytes.indexOf('second'));
  await handle.close();
  hanging.answer([stored()]);
  t.same(await storeAll(transport, 1), ['third']);
  t.match(
    events.filter(({ type }) => type === 'spool-damaged'),
    [{ path: join(directory, name) }],
  );
  await producer.close();
});

t.test('spool options are checked', async (t) => {
  const directory = await newDirectory(t);
  for (const spool of [
    { directory: '' },
    { directory, afterMs: -1 },
    { directory, maxBytes: 1 },
    { directory, segmentBytes: Number.NaN },
    { directory: 'nul\0' },
    JSON.parse('{"directory":5}'),
    JSON.parse('{"directory":"x","afterMS":5}'),
  ]) {
    await t.rejects(start(directory, undefined, { spool }), { code: 'INVALID_OPTIONS', message: /spool\./ });
  }
});
