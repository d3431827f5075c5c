// Own process: changes process.env.
import t from 'tap';
import { ProducerError } from '../api/errors.js';
import type { KinesisProducerOptions, ProducerEvent } from '../api/options.js';
import { receiptOf } from '../api/receipts.js';
import { contains, hashKeyOf, MAX_HASH_KEY, type Shard } from '../api/shard-map.js';
import { aggregate } from '../format/aggregate.js';
import { evenShards, refused, type ScriptedCall, ScriptedTransport, stored } from './scripted-transport.js';
import { startWith } from './start-with.js';

async function startScripted(options: Partial<KinesisProducerOptions> = {}, transport = new ScriptedTransport()) {
  const events: ProducerEvent[] = [];
  const producer = await startWith(
    {
      streamName: 'scripted',
      client: { region: 'us-east-1' },
      retryBaseMs: 1,
      retryMaxMs: 2,
      onEvent: (event) => events.push(event),
      ...options,
    },
    () => transport,
  );
  return { producer, transport, events };
}

/** A key of the shard. */
function keyIn(shard: Shard | undefined): string {
  for (let i = 0; ; i++) if (shard && contains(shard, hashKeyOf(`key-${i}`))) return `key-${i}`;
}

/** One shard for all keys, and its two children after a split. */
function splitInHalf(): { parent: Shard; left: Shard; right: Shard } {
  const middle = 2n ** 127n;
  return {
    parent: { id: 'parent', start: 0n, end: MAX_HASH_KEY, open: true },
    left: { id: 'left', start: 0n, end: middle - 1n, open: true },
    right: { id: 'right', start: middle, end: MAX_HASH_KEY, open: true },
  };
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'no error';
  } catch (error) {
    return error instanceof ProducerError ? error.code : String(error);
  }
}

t.test('puts of one tick share a Kinesis record and a promise', async (t) => {
  const { producer, transport } = await startScripted();
  const first = producer.put('k', 'one');
  t.equal(producer.put('k', Buffer.from('two')), first, 'the very same promise');
  const call = await transport.next();
  t.match(call.records, [{ explicitHashKey: '0', texts: ['one', 'two'] }]);
  call.answer([stored()]);
  t.same(await first, { durable: 'stream', shardId: 'shard-0', sequenceNumber: '1' });
  t.equal(producer.bufferedBytes, 0, 'memory is free again');
  await producer.close();
  t.ok(transport.closed);
});

t.test('one record per shard is in flight, later ones are aggregated behind it', async (t) => {
  const { producer, transport } = await startScripted({ lingerMs: 0 });
  void producer.put('k', 'first');
  const first = await transport.next();
  for (let i = 0; i < 5; i++) {
    void producer.put('k', `behind ${i}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(transport.waiting, 0, 'nothing overtakes');
  first.answer([stored()]);
  const second = await transport.next();
  t.equal(second.records[0]?.texts.length, 5);
  second.answer([stored()]);
  await producer.close();
});

t.test('only failed records are sent again, before newer ones of their shard', async (t) => {
  const shards = evenShards(2);
  const { producer, transport, events } = await startScripted({}, new ScriptedTransport(shards));
  const [left, right] = [keyIn(shards[0]), keyIn(shards[1])];
  const kept = producer.put(left, 'left 1');
  const again = producer.put(right, 'right 1');
  const call = await transport.next();
  t.equal(call.records.length, 2, 'two shards share a call');
  const bySide = call.records.map(({ texts }) => texts[0]?.startsWith('left'));
  void producer.put(right, 'right 2');
  call.answer(bySide.map((isLeft) => (isLeft ? stored('shard-0') : refused())));
  await kept;
  const retry = await transport.next();
  t.same(
    retry.records.map(({ texts }) => texts),
    [['right 1']],
    'the failed one alone',
  );
  retry.answer([stored('shard-1')]);
  await again;
  const newer = await transport.next();
  t.same(
    newer.records.map(({ texts }) => texts),
    [['right 2']],
  );
  newer.answer([stored('shard-1')]);
  await producer.close();
  t.match(events, [{ type: 'retry', shardId: 'shard-1', cause: 'throttled', attempt: 1, userRecords: 1 }]);
  t.equal(producer.metrics().retries.throttled, 1);
  t.equal(producer.metrics().userRecords, 3);
});

t.test('a dying worker loses no record', async (t) => {
  const { producer, transport } = await startScripted();
  const put = producer.put('k', 'survivor');
  (await transport.next()).crash();
  const again = await transport.next();
  t.same(again.records[0]?.texts, ['survivor']);
  again.answer([stored()]);
  await put;
  t.equal(producer.metrics().retries.other, 1);
  await producer.close();
});

t.test('a lone record is sent plain, unless it looks like an aggregate', async (t) => {
  const { producer, transport } = await startScripted();
  void producer.put('k', 'plain');
  const plain = await transport.next();
  t.equal(plain.records[0]?.explicitHashKey, undefined, 'its own key finds its shard');
  plain.answer([stored()]);
  const lookalike = aggregate([{ partitionKey: 'inner', data: 'not to be unpacked twice' }]);
  const put = producer.put('k', lookalike);
  const wrapped = await transport.next();
  t.equal(wrapped.records[0]?.texts[0], lookalike.toString(), 'wrapped, so that a consumer gets it as it was put');
  wrapped.answer([stored()]);
  await put;
  await producer.close();
});

t.test('put throws at once and queues nothing', async (t) => {
  const { producer, transport } = await startScripted({ maxRecordBytes: 1_000, maxBufferedBytes: 2_000 });
  t.equal(
    codeOf(() => producer.put('', 'x')),
    'INVALID_KEY',
  );
  for (const key of ['k'.repeat(257), 'cut \ud83d', '\ude00 cut', '\ud800\ud800\udc00']) {
    t.equal(
      codeOf(() => producer.put(key, 'x')),
      'INVALID_KEY',
      JSON.stringify(key),
    );
  }
  t.equal(
    codeOf(() => producer.put('k', 'x'.repeat(1_000))),
    'RECORD_TOO_LARGE',
  );
  // Mistakes of JavaScript callers must not damage the records of others.
  const untyped: { put(...args: unknown[]): unknown } = producer;
  for (const data of [{ a: 1 }, 5, true, undefined, null, new ArrayBuffer(4), new Uint16Array(2), new String('x')]) {
    t.equal(
      codeOf(() => untyped.put('k', data)),
      'INVALID_DATA',
    );
  }
  for (const [key, hashKey] of [[5], [['ab']], [undefined], ['k', 5], ['k', '01'], ['k', '-1']]) {
    t.equal(
      codeOf(() => untyped.put(key, 'x', hashKey)),
      'INVALID_KEY',
    );
  }
  t.equal(producer.bufferedBytes, 0);
  const first = producer.put('k', 'x'.repeat(900));
  void producer.put('k', 'y'.repeat(900));
  t.equal(
    codeOf(() => producer.put('k', 'z'.repeat(900))),
    'BUFFER_FULL',
  );
  t.equal(producer.bufferedBytes, 2_000, 'the bound holds');
  t.doesNotThrow(() => producer.put('k', 'small'), 'what still fits is taken');
  (await transport.next()).answer([stored()]);
  await first;
  t.doesNotThrow(() => producer.put('k', 'z'.repeat(900)), 'there is room again');
  const closing = producer.close({ deadlineMs: 0 });
  t.equal(
    codeOf(() => producer.put('k', 'x')),
    'CLOSED',
  );
  await closing;
});

t.test('an explicit hash key places a record, in an aggregate and alone', async (t) => {
  const shards = evenShards(2);
  const { producer, transport } = await startScripted({ lingerMs: 0 }, new ScriptedTransport(shards));
  const high = MAX_HASH_KEY.toString();
  const low = keyIn(shards[0]);
  const lone = producer.put(low, 'lone', high);
  const first = await transport.next();
  t.match(first.records, [{ explicitHashKey: high, texts: ['lone'] }], 'a plain record says so itself');
  first.answer([stored('shard-1')]);
  await lone;
  const puts = [producer.put(low, 'one', high), producer.put(low, 'two', high), producer.put(low, 'elsewhere')];
  const second = await transport.next();
  t.same(second.records.map(({ texts }) => texts).sort(), [['elsewhere'], ['one', 'two']]);
  second.answer(second.records.map(({ texts }) => stored(texts[0] === 'elsewhere' ? 'shard-0' : 'shard-1')));
  await Promise.all(puts);
  for (const wrong of ['', '-1', '01', '1e3', (MAX_HASH_KEY + 1n).toString(), 'a']) {
    t.equal(
      codeOf(() => producer.put('k', 'x', wrong)),
      'INVALID_KEY',
      wrong,
    );
  }
  await producer.close();
});

t.test('an explicit hash key and a partition key are never taken for another partition key', async (t) => {
  const { producer, transport } = await startScripted({ lingerMs: 0 });
  for (const [key, hashKey] of [['k', '5'], ['5 k'], ['5k'], ['5\u0000k']]) {
    const put = producer.put(key ?? '', 'x', hashKey);
    const call = await transport.next();
    t.match(call.records, [{ partitionKey: key, explicitHashKey: hashKey }]);
    call.answer([stored()]);
    await put;
  }
  await producer.close();
});

t.test('close fails records after the deadline; ignored rejections do no harm', async (t) => {
  const { producer, transport, events } = await startScripted();
  const flying = producer.put('k', 'in flight');
  await transport.next();
  const waiting = producer.put('k', 'waiting');
  await producer.close({ deadlineMs: 5 });
  await t.rejects(flying, { code: 'CLOSED', retryable: true });
  await t.rejects(waiting, { code: 'CLOSED', retryable: true });
  t.equal(producer.metrics().failed, 2);
  t.equal(producer.bufferedBytes, 0);
  t.ok(transport.closed);
  t.match(events, [{ type: 'failed' }, { type: 'failed' }]);
});

t.test('close waits for pending records, including retries', async (t) => {
  const { producer, transport } = await startScripted({ lingerMs: 60_000 });
  const first = producer.put('k', 'first');
  (await transport.next()).answer([refused('internal')]);
  const closing = producer.close({ deadlineMs: 60_000 });
  (await transport.next()).answer([stored()]);
  await closing;
  await t.resolves(first);
});

t.test('after the first record, shards linger together and share a call', async (t) => {
  const shards = evenShards(3);
  const { producer, transport } = await startScripted({ lingerMs: 500 }, new ScriptedTransport(shards));
  const put = (shard: Shard | undefined) => producer.put(keyIn(shard), shard?.id ?? '');
  const answer = ({ records, answer }: ScriptedCall) => answer(records.map(({ texts }) => stored(texts[0])));
  const puts = [put(shards[0])];
  const first = await transport.next();
  t.equal(first.records.length, 1, 'nothing was in flight, so it does not linger');
  for (const shard of [shards[1], shards[2], shards[0]]) {
    puts.push(put(shard));
    await new Promise((resolve) => setImmediate(resolve));
  }
  answer(first);
  const second = await transport.next();
  t.equal(second.records.length, 3, 'one call, though each shard was free at another time');
  answer(second);
  await Promise.all(puts);
  await producer.close();
});

t.test('flush ends lingering', async (t) => {
  const { producer, transport } = await startScripted({ lingerMs: 60_000 });
  void producer.put('k', 'first, goes at once');
  const first = await transport.next();
  first.answer([stored()]);
  await producer.flush();
  const lingering = producer.put('k', 'lingers');
  const flushed = producer.flush();
  (await transport.next()).answer([stored()]);
  await flushed;
  await t.resolves(lingering);
  await producer.close();
});

t.test('an unstorable record expires, and so do those behind it, in order', async (t) => {
  const { producer, transport, events } = await startScripted({ recordTtlMs: 100, retryBaseMs: 40, retryMaxMs: 40 });
  const doomed = producer.put('k', 'doomed');
  let settled = false;
  doomed.catch(() => {
    settled = true;
  });
  while (!settled) {
    const call = await Promise.race([transport.next(), doomed.catch(() => undefined)]);
    if (call && 'records' in call) call.answer([refused('internal')]);
  }
  await t.rejects(doomed, { code: 'RECORD_EXPIRED', retryable: true, message: /internal by script/ });
  t.notOk(events.some((event) => event.type === 'retry' && event.cause !== 'internal'));
  t.ok(producer.metrics().calls < 40, `it backs off: ${producer.metrics().calls} calls in all`);
  t.equal(producer.metrics().failed, 1);
  t.equal(producer.bufferedBytes, 0);
  await producer.close();
});

t.test('healthy is false while calls fail, and recovers', async (t) => {
  const { producer, transport } = await startScripted();
  const put = producer.put('k', 'x');
  for (let i = 0; i < 3; i++) {
    t.ok(producer.healthy, `after ${i} failures`);
    (await transport.next()).answer([refused()]);
  }
  const fourth = await transport.next();
  t.notOk(producer.healthy);
  t.ok(producer.oldestAgeMs > 0);
  fourth.answer([stored()]);
  await put;
  t.ok(producer.healthy);
  await producer.close();
});

t.test('calls respect the limits of PutRecords', async (t) => {
  const shards = evenShards(8);
  const { producer, transport } = await startScripted({ maxCallRecords: 3 }, new ScriptedTransport(shards));
  for (const shard of shards) void producer.put(keyIn(shard), shard.id);
  const sizes: number[] = [];
  while (sizes.length < 3) {
    const call = await transport.next();
    sizes.push(call.records.length);
    call.answer(call.records.map(({ texts }) => stored(texts[0])));
  }
  t.same(sizes, [3, 3, 2]);
  await producer.flush();
  await producer.close();

  const small = await startScripted(
    { maxRecordBytes: 1_000, maxCallBytes: 1_000 + 1_024 },
    new ScriptedTransport(evenShards(2)),
  );
  const two = evenShards(2);
  for (const shard of two) void small.producer.put(keyIn(shard), 'x'.repeat(900));
  t.equal((await small.transport.next()).records.length, 1, 'bytes bound a call too');
  t.equal((await small.transport.next()).records.length, 1);
  await small.producer.close({ deadlineMs: 0 });
});

t.test('records of an aggregate cut by a split are all sent first, to the new shards', async (t) => {
  const { parent, left, right } = splitInHalf();
  const { producer, transport } = await startScripted({ lingerMs: 0 }, new ScriptedTransport([parent]));
  const [l, r] = [keyIn(left), keyIn(right)];
  const put = producer.put(l, 'l1');
  void producer.put(r, 'r1');
  const call = await transport.next();
  void producer.put(r, 'r2');
  void producer.put(l, 'l2');
  transport.shards = [{ ...parent, open: false }, left, right];
  let acknowledged = false;
  void put.then(() => {
    acknowledged = true;
  });
  call.answer([stored('left')]);
  const seen: Record<string, string[]> = { left: [], right: [] };
  while (seen['left']?.length !== 2 || seen['right']?.length !== 2) {
    const next = await transport.next();
    if (seen['right']?.length === 0) t.notOk(acknowledged, 'a promise waits for all that shares it');
    next.answer(
      next.records.map(({ texts }) => {
        const shardId = texts.some((text) => text.startsWith('l')) ? 'left' : 'right';
        seen[shardId]?.push(...texts);
        return stored(shardId);
      }),
    );
  }
  // l1 was stored in the right shard, but the KCL drops the whole aggregate if one record lies outside.
  t.same(seen, { left: ['l1', 'l2'], right: ['r1', 'r2'] });
  const receipt = await put;
  t.match(receiptOf(receipt, l), { durable: 'stream', shardId: 'left' });
  t.match(receiptOf(receipt, r), { durable: 'stream', shardId: 'right' });
  t.match(receiptOf(receipt, l, String(right.start)), { shardId: 'right' }, 'an explicit hash key counts');
  await producer.flush();
  t.ok(acknowledged);
  t.equal(transport.listings, 2, 'one listing at the start, one for the split');
  t.equal(producer.metrics().userRecords, 4);
  await producer.close();
});

t.test('a receipt names the Kinesis record that holds the user record, through any reshards', async (t) => {
  const { parent, left, right } = splitInHalf();
  const quarter = right.start + (right.end - right.start) / 2n;
  const shards: Shard[][] = [
    [parent],
    [{ ...parent, open: false }, left, right],
    [
      left,
      { ...right, open: false },
      { ...right, id: 'r1', end: quarter },
      { ...right, id: 'r2', start: quarter + 1n },
    ],
  ];
  const transport = new ScriptedTransport(shards[0]);
  const { producer } = await startScripted({ lingerMs: 0 }, transport);
  const keys = Array.from({ length: 60 }, (_, i) => `key-${i}`);
  const puts = keys.map((key) => producer.put(key, key));
  const places = new Map<string, string>();
  let sequence = 0;
  let settled = false;
  void Promise.all(puts).then(() => {
    settled = true;
  });
  while (!settled) {
    const call = await Promise.race([transport.next(), Promise.all(puts).then(() => undefined)]);
    call?.answer(
      call.records.map(({ texts, explicitHashKey, partitionKey }) => {
        // Each generation of shards is known only after the one before has stored something.
        const open = (shards.shift() && shards[0]) ?? transport.shards;
        transport.shards = open;
        const hashKey = explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
        const shardId = open.find((shard) => shard.open && contains(shard, hashKey))?.id ?? '';
        sequence += 1;
        for (const text of texts) places.set(text, `${shardId} ${sequence}`);
        return { stored: true, shardId, sequenceNumber: String(sequence) };
      }),
    );
  }
  const receipts = await Promise.all(puts);
  for (const [i, key] of keys.entries()) {
    const receipt = receipts[i];
    if (receipt === undefined) throw new Error('no receipt');
    const { shardId, sequenceNumber } = { shardId: '', sequenceNumber: '', ...receiptOf(receipt, key) };
    t.equal(`${shardId} ${sequenceNumber}`, places.get(key), key);
  }
  t.same(new Set(Array.from(places.values(), (place) => place.split(' ')[0])).size, 3);
  await producer.close();
});

t.test('a record that makes its calls fail does not make others expire', async (t) => {
  const shards = evenShards(100);
  // No backoff: all lanes are always ready together.
  const options = { lingerMs: 0, retryBaseMs: 0, retryMaxMs: 0, recordTtlMs: 3_000 };
  const { producer, transport } = await startScripted(options, new ScriptedTransport(shards));
  const culprits = new Set(['shard-7', 'shard-50']);
  const puts = shards.map((shard) => producer.put(keyIn(shard), shard.id));
  const innocent = puts.filter((_, i) => !culprits.has(`shard-${i}`));
  let calls = 0;
  let done = false;
  void Promise.all(innocent).then(() => {
    done = true;
  });
  while (!done) {
    const call = await transport.next();
    calls += 1;
    const fails = call.records.some(({ texts }) => culprits.has(texts[0] ?? ''));
    call.answer(call.records.map(({ texts }) => (fails ? refused('internal') : stored(texts[0]))));
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(calls < 100, `${calls} calls`);
  await producer.close({ deadlineMs: 0 });
});

t.test('an aggregate that lies within one child of a split is not sent again', async (t) => {
  const { parent, left, right } = splitInHalf();
  const { producer, transport } = await startScripted({ lingerMs: 0 }, new ScriptedTransport([parent]));
  const put = producer.put(keyIn(left), 'l1');
  void producer.put(keyIn(left), 'l2');
  const call = await transport.next();
  const behind = producer.put(keyIn(left), 'l3');
  transport.shards = [{ ...parent, open: false }, left, right];
  call.answer([stored('left')]);
  t.same(await put, { durable: 'stream', shardId: 'left', sequenceNumber: '1' });
  const next = await transport.next();
  t.same(
    next.records.map(({ texts }) => texts),
    [['l3']],
  );
  next.answer([stored('left')]);
  await behind;
  t.equal(producer.metrics().userRecords, 3);
  t.equal(producer.bufferedBytes, 0);
  await producer.close();
});

t.test('a new shard map waits for the calls in flight', async (t) => {
  const [a, b] = evenShards(2);
  if (!a || !b) throw new Error('two shards');
  const { producer, transport } = await startScripted({ lingerMs: 0 }, new ScriptedTransport([a, b]));
  const first = producer.put(keyIn(a), 'a1');
  const callA = await transport.next();
  const second = producer.put(keyIn(b), 'b1');
  const callB = await transport.next();
  transport.shards = [
    { ...a, open: false },
    { ...b, open: false },
    { id: 'merged', start: 0n, end: MAX_HASH_KEY, open: true },
  ];
  callA.answer([stored('merged')]);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(transport.listings, 1, 'not while a call is in flight');
  void producer.put(keyIn(b), 'b2');
  callB.answer([refused()]);
  await first;
  const order: string[] = [];
  while (order.length < 2) {
    const call = await transport.next();
    order.push(...call.records.flatMap(({ texts }) => texts));
    call.answer(call.records.map(() => stored('merged')));
  }
  t.same(order, ['b1', 'b2']);
  t.match(await second, { shardId: 'merged' });
  await producer.close();
});

t.test('while ListShards lags behind, other shards continue and nothing is lost', async (t) => {
  const [a, b] = evenShards(2);
  if (!a || !b) throw new Error('two shards');
  const { producer, transport, events } = await startScripted({ lingerMs: 0 }, new ScriptedTransport([a, b]));
  const misplaced = producer.put(keyIn(a), 'a1');
  (await transport.next()).answer([stored('child-of-a')]);
  const other = producer.put(keyIn(b), 'b1');
  (await transport.next()).answer([stored('shard-1')]);
  await other;
  transport.shards = [{ ...a, open: false }, { ...a, id: 'child-of-a' }, b];
  t.match(await misplaced, { shardId: 'child-of-a' });
  t.ok(events.some((event) => event.type === 'shard-map'));
  await producer.close();
});

t.test('an outdated shard map is reloaded with backoff', async (t) => {
  const shards = evenShards(2);
  const { producer, transport, events } = await startScripted(
    { recordTtlMs: 100, retryBaseMs: 30, retryMaxMs: 30 },
    new ScriptedTransport(shards),
  );
  const put = producer.put(keyIn(shards[0]), 'x');
  (await transport.next()).answer([stored('shard-1')]);
  await t.rejects(put, { code: 'RECORD_EXPIRED' });
  t.ok(transport.listings < 40, `${transport.listings} listings`);
  t.ok(events.some((event) => event.type === 'shard-map-failed'));
  await producer.close();
});

t.test('invalid options and an unreadable stream are reported', async (t) => {
  const base = { streamName: 's', client: { region: 'us-east-1' } };
  const connect = () => new ScriptedTransport();
  await t.rejects(startWith({ ...base, streamName: '' }, connect), { code: 'INVALID_OPTIONS' });
  await t.rejects(startWith({ ...base, maxRecordBytes: 2 ** 20 }, connect), { code: 'INVALID_OPTIONS' });
  for (const client of [{ region: '' }, { region: 'us east' }, { region: 'x', endpoint: '127.0.0.1:4567' }]) {
    await t.rejects(startWith({ ...base, client }, connect), {
      code: 'INVALID_OPTIONS',
      message: /client\.(region|end)/,
    });
  }
  await t.rejects(startWith({ ...base, maxCallRecords: 501 }, connect), { code: 'INVALID_OPTIONS' });
  const misspelt = { ...base, lingerMS: 5 };
  await t.rejects(startWith(misspelt, connect), {
    code: 'INVALID_OPTIONS',
    message: /lingerMS is unknown/,
  });
  await t.rejects(startWith({ ...base, workers: 1.5 }, connect), { code: 'INVALID_OPTIONS' });
  const asText = JSON.parse('{"lingerMs":"5"}');
  await t.rejects(startWith({ ...base, ...asText }, connect), {
    message: /lingerMs must be a number from 0 to 60000, not "5"/,
  });
  const broken = new ScriptedTransport([]);
  await t.rejects(
    startWith(base, () => broken),
    { code: 'STREAM_UNAVAILABLE' },
  );
  t.ok(broken.closed, 'no worker is left behind');
});

t.test('an observer that throws does not stop the stream', async (t) => {
  const warned = new Promise((resolve) => process.once('warning', resolve));
  const { producer, transport } = await startScripted({
    onEvent: () => {
      throw new Error('observer');
    },
  });
  const put = producer.put('k', 'x');
  (await transport.next()).answer([refused()]);
  (await transport.next()).answer([stored()]);
  await put;
  t.match(await warned, { message: /observer/ });
  await producer.close();
});
