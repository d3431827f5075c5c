import { MAX_BATCH_ITEMS } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import Type from 'typebox';
import { Account } from '../../auth/account.js';
import type { Principal } from '../../auth/api-key-directory.js';
import { admitCanonical, jsonPattern } from '../canonical-swipes.js';
import { admit, awaitDurable } from '../intake.js';
import { SWIPE_ITEMS } from '../item-kinds.js';
import { type PostedBody, parseBody } from '../parse-body.js';
import type { Sink } from '../sink.js';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const READERS = ['north-in', 'hq-north-in-12', 'x'];
const principal: Principal = {
  keyId: 'key',
  tenantId: 'acme',
  role: 'reader',
  readerIds: new Set(READERS),
  endsMs: Number.POSITIVE_INFINITY,
  account: new Account(),
};

interface Put {
  partitionKey: string;
  data: string;
}

/** Sink that records each put; `answer` determines its result. */
class RecordingSink implements Sink {
  readonly healthy = true;
  readonly puts: Put[] = [];
  answer: (n: number) => Promise<unknown> = async () => undefined;

  put(partitionKey: string, data: string | Uint8Array): Promise<unknown> {
    const answer = this.answer(this.puts.length);
    this.puts.push({ partitionKey, data: String(data) });
    return answer;
  }
}

function posted(text: string, format: PostedBody['format'] = 'json'): PostedBody {
  return { bytes: Buffer.from(text), format };
}

function canonically(body: PostedBody) {
  const sink = new RecordingSink();
  return { sink, admission: admitCanonical(body, principal, sink, NOW) };
}

function parsed(body: PostedBody) {
  const sink = new RecordingSink();
  const { items } = parseBody(body);
  return { sink, admission: admit(SWIPE_ITEMS, items, principal, sink, NOW) };
}

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
const swipeId = fc.oneof(fc.uuid(), fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/));
/** Any text of the form, whatever time it names. */
const readAt = fc.stringMatching(/^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/);
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 3 });
const anySwipe = fc.record({
  swipeId,
  readerId: fc.constantFrom(...READERS, 'another'),
  cardId: name,
  readAt,
  direction: optional(fc.constantFrom<'in' | 'out'>('in', 'out')),
  duress: optional(fc.boolean()),
  offlineOutcome: optional(fc.constantFrom<'granted' | 'denied'>('granted', 'denied')),
});
/** Mostly swipes that are admitted canonically. */
const swipe = fc.oneof(
  {
    weight: 8,
    arbitrary: anySwipe.map((any) => ({ ...any, readerId: READERS[1], readAt: '2026-11-28T11:59:59.999Z' })),
  },
  { weight: 1, arbitrary: anySwipe },
);
const format = fc.constantFrom<PostedBody['format']>('json', 'ndjson');

function textOf(items: readonly unknown[], format: PostedBody['format']): string {
  return format === 'json' ? JSON.stringify(items) : items.map((item) => JSON.stringify(item)).join('\n');
}

t.test('the canonical path puts the same bytes as the parsing path', async (t) => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(swipe, { minLength: 1, maxLength: 8 }), format, (items, format) => {
      const body = posted(textOf(items, format), format);
      const long = parsed(body);
      const { sink, admission } = canonically(body);
      if (admission === undefined) {
        // JSON.stringify wrote the body, so only an invalid swipe may make it fall back.
        return long.admission.rejected.length > 0 && sink.puts.length === 0;
      }
      taken += 1;
      t.same(sink.puts, long.sink.puts);
      t.same(
        items.map((_, index) => admission.idAt(index)),
        items.map((_, index) => long.admission.idAt(index)),
      );
      return long.admission.rejected.length === 0 && admission.indexes.length === items.length;
    }),
    { numRuns: 2_000 },
  );
  t.ok(taken > 500, `${taken} bodies were canonical`);
});

t.test('an altered text is admitted only if the parsing path accepts every swipe', async () => {
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 3 }),
    put: fc.oneof(
      fc.constantFrom('"', '\\', '\\u0061', ' ', '\n', '}', '{', ',', ']', '0', 'é', '\u0000'),
      fc.string(),
    ),
  });
  fc.assert(
    fc.property(fc.array(swipe, { minLength: 1, maxLength: 3 }), format, edit, (items, format, { at, cut, put }) => {
      const text = textOf(items, format);
      const place = at % (text.length + 1);
      const body = posted(text.slice(0, place) + put + text.slice(place + cut), format);
      const { sink, admission } = canonically(body);
      if (admission === undefined) return sink.puts.length === 0;
      const long = parsed(body);
      return long.admission.rejected.length === 0 && JSON.stringify(long.sink.puts) === JSON.stringify(sink.puts);
    }),
    { numRuns: 10_000 },
  );
});

t.test('bodies that are not canonical or not valid fall back to the parsing path', async (t) => {
  const good = {
    swipeId: '0193a1d2-7c1e-7000-8000-000000000001',
    readerId: 'x',
    cardId: 'c',
    readAt: '2026-11-28T12:00:00Z',
  };
  const { readAt: _, ...untimed } = good;
  const bodies: [string, string][] = [
    ['one swipe', JSON.stringify(good)],
    ['an empty array', '[]'],
    ['blanks', JSON.stringify([good], null, 1)],
    ['another order', JSON.stringify([{ readAt: good.readAt, ...untimed }])],
    ['an extra member', JSON.stringify([{ ...good, colour: 'red' }])],
    ['a missing member', JSON.stringify([untimed])],
    ['a member twice', `[${JSON.stringify(good).replace('}', `,"cardId":"d"}`)}]`],
    ['a reader of another key', JSON.stringify([good, { ...good, readerId: 'another' }])],
    ['a reader whose name starts with the previous one', JSON.stringify([good, { ...good, readerId: 'xy' }])],
    ['too many', JSON.stringify(Array.from({ length: MAX_BATCH_ITEMS + 1 }, () => good))],
    ['a truncated body', JSON.stringify([good, good]).slice(0, -20)],
    ['trailing text', `${JSON.stringify([good])} `],
  ];
  for (const [name, text] of bodies) {
    const { sink, admission } = canonically(posted(text));
    t.same([admission, sink.puts.length], [undefined, 0], name);
  }
  t.equal(canonically(posted(JSON.stringify([good]))).admission?.indexes.length, 1);
  t.equal(
    canonically(posted(`${JSON.stringify(good)}\n`, 'ndjson')).admission?.indexes.length,
    1,
    'a trailing newline',
  );
  const most = Array.from({ length: MAX_BATCH_ITEMS }, () => good);
  t.equal(canonically(posted(JSON.stringify(most))).admission?.indexes.length, MAX_BATCH_ITEMS);
});

t.test('swipes that the sink refuses or loses are identified by swipeId', async (t) => {
  const items = ['1', '2', '3'].map((n) => ({
    swipeId: `0193a1d2-7c1e-7000-8000-00000000000${n}`,
    readerId: 'x',
    cardId: 'c',
    readAt: '2026-11-28T12:00:00Z',
  }));
  const sink = new RecordingSink();
  let puts = 0;
  sink.answer = () => {
    puts += 1;
    if (puts === 2) throw Object.assign(new Error('full'), { code: 'BUFFER_FULL' });
    return puts === 3 ? Promise.reject(new Error('lost')) : Promise.resolve();
  };
  const admission = admitCanonical(posted(JSON.stringify(items)), principal, sink, NOW);
  t.ok(admission);
  if (admission === undefined) return;
  const { accepted, rejected } = await awaitDurable(admission, 'swipeId', 1_000);
  t.equal(accepted, 1);
  t.match(rejected, [
    { index: 1, swipeId: items[1]?.swipeId, code: 'overloaded' },
    { index: 2, swipeId: items[2]?.swipeId, code: 'stream-unavailable' },
  ]);
});

t.test('jsonPattern matches exactly, or throws', async (t) => {
  const schema = Type.Object({ a: Type.String({ pattern: '^x|y$' }), b: Type.Optional(Type.Boolean()) });
  const pattern = new RegExp(`^${jsonPattern(schema)}$`);
  for (const value of [{ a: 'x' }, { a: 'y', b: true }, { a: 'x', b: false }]) t.match(JSON.stringify(value), pattern);
  for (const value of [{ a: 'xy' }, { b: true }, { a: 'x', b: 'true' }]) t.notMatch(JSON.stringify(value), pattern);
  t.throws(() => jsonPattern(Type.Object({ a: Type.String() })), { message: /The member a must have a pattern/ });
});
