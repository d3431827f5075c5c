import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ProducerError } from '../api/errors.js';
import type { ProducerEvent } from '../api/options.js';
import type { Shard } from '../api/shard-map.js';
import { evenShards, refused, ScriptedTransport, stored } from './scripted-transport.js';
import { startWith } from './start-with.js';

async function newDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outage-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function start(directory: string | undefined, shards: Shard[], streamName = 'scripted') {
  const transport = new ScriptedTransport(shards);
  const events: ProducerEvent[] = [];
  const producer = await startWith(
    {
      streamName,
      client: { region: 'us-east-1' },
      retryBaseMs: 1,
      retryMaxMs: 2,
      lingerMs: 0,
      ...(directory === undefined ? {} : { spool: { directory, afterMs: 10 } }),
      onEvent: (event) => events.push(event),
    },
    () => transport,
  );
  return { producer, transport, events };
}

t.test('a stream that does not exist is not an outage; one that cannot be read is', async (t) => {
  const directory = await newDirectory(t);
  const earlier = await start(directory, evenShards(1));
  await earlier.producer.close();
  const listings = async (code: 'STREAM_NOT_FOUND' | 'STREAM_REFUSED', spool: string | undefined) => {
    const transport = new ScriptedTransport();
    let count = 0;
    transport.listShards = async () => {
      count += 1;
      throw new ProducerError(code, 'By script.');
    };
    const options = { streamName: 'scripted', client: { region: 'us-east-1' }, retryBaseMs: 1 };
    const starting = startWith({ ...options, ...(spool && { spool: { directory: spool } }) }, () => transport);
    await starting.then((producer) => producer.close({ deadlineMs: 0 })).catch(() => undefined);
    return { starting, count };
  };
  for (const [code, spool] of [
    ['STREAM_NOT_FOUND', undefined],
    ['STREAM_NOT_FOUND', directory],
    ['STREAM_REFUSED', undefined],
  ] as const) {
    const { starting, count } = await listings(code, spool);
    await t.rejects(starting, { code, retryable: false });
    t.equal(count, 1, 'and is not asked again');
  }
  await t.resolves((await listings('STREAM_REFUSED', directory)).starting);
});

/** Unreadable stream: an empty list of shards is not a valid map. */
const NO_SHARDS: Shard[] = [];

t.test('a producer with a spool starts during an outage, and keeps the order across a reshard', async (t) => {
  const directory = await newDirectory(t);
  const earlier = await start(directory, evenShards(1));
  await earlier.producer.close();

  const { producer, transport, events } = await start(directory, NO_SHARDS);
  const texts = Array.from({ length: 20 }, (_, i) => `${i % 4}:${i}`);
  const puts = texts.map((text) => producer.put(`key-${text[0]}`, text));
  let reachable = false;
  const sent = new Map<string, string[]>();
  let allSent = (): void => undefined;
  const isSent = new Promise<void>((resolve) => {
    allSent = resolve;
  });
  // Answers to the end: a call that took too long on a busy machine comes once more.
  void (async () => {
    for (let left = texts.length; ; ) {
      const call = await transport.next();
      call.answer(
        call.records.map(({ explicitHashKey, texts: of }) => {
          // The known shard has been split in two since.
          const shard = transport.shards.find((each) => each.open && String(each.start) === explicitHashKey);
          if (!reachable || shard === undefined) return refused();
          for (const text of of) sent.set(text[0] ?? '', [...(sent.get(text[0] ?? '') ?? []), text]);
          left -= of.length;
          return stored(shard.id);
        }),
      );
      if (left <= 0) allSent();
    }
  })();
  t.same(
    await Promise.all(puts),
    texts.map(() => ({ durable: 'spool' })),
  );
  t.ok(events.some(({ type }) => type === 'shard-map-failed'));
  const children = evenShards(2).map((shard) => ({ ...shard, id: `child-${shard.id}` }));
  transport.shards = [...evenShards(1).map((shard) => ({ ...shard, open: false })), ...children];
  reachable = true;
  await isSent;
  for (const name of ['0', '1', '2', '3']) {
    t.same(
      sent.get(name),
      texts.filter((text) => text.startsWith(name)),
      'in order',
    );
  }
  await producer.close();
  t.same((await readdir(directory)).sort(), ['shards.json'], 'nothing is left but what the next start needs');
  t.match(await readFile(join(directory, 'shards.json'), 'utf8'), /child-shard-1/);
});

t.test(
  'start fails during an outage without a spool, or with known shards that are damaged or of another stream',
  async (t) => {
    const directory = await newDirectory(t);
    const earlier = await start(directory, evenShards(1));
    await earlier.producer.close();
    await t.rejects(start(undefined, NO_SHARDS), { code: 'STREAM_UNAVAILABLE' });
    await t.rejects(start(directory, NO_SHARDS, 'other'), { code: 'STREAM_UNAVAILABLE' });
    for (const text of ['{"streamName":"scripted","sha', '{"streamName":"scripted","shards":[{"id":1}]}', 'null']) {
      await writeFile(join(directory, 'shards.json'), text);
      await t.rejects(start(directory, NO_SHARDS), { code: 'STREAM_UNAVAILABLE' });
    }
  },
);
