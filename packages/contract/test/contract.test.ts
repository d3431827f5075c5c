import t from 'tap';
import Type from 'typebox';
import {
  AccessEvent,
  compile,
  Decision,
  DoorEvent,
  explain,
  hasApiKeyForm,
  hashApiKey,
  newApiKey,
  Swipe,
} from '../index.js';

const isSwipe = compile(Swipe);
const good = {
  swipeId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  readerId: 'hq-north-in-1',
  cardId: 'card-00042',
  readAt: '2026-11-24T08:15:30.250+01:00',
};

t.test('a swipe is validated, and errors say what is allowed', async (t) => {
  t.ok(isSwipe(good), 'ULID');
  t.ok(isSwipe({ ...good, swipeId: '0193a1d2-7c1e-7000-8000-000000000001', direction: 'out' }), 'UUID');
  const table: [Record<string, unknown>, string, RegExp][] = [
    [{ ...good, swipeId: '01ARZ3NDEKTSV4RRFFQ69G5FAU!' }, 'swipeId', /UUID/],
    [{ ...good, cardId: '../etc' }, 'cardId', /^must be 1 to 64 letters, digits or . _ : -/],
    [{ ...good, cardId: 'x'.repeat(65) }, 'cardId', /^must be 1 to 64 letters/],
    [{ ...good, readAt: '2026-11-24T08:15:30' }, 'readAt', /^must be an RFC 3339 date-time with an offset/],
    [{ ...good, readAt: 1764000000 }, 'readAt', /^must be a string: an RFC 3339 date-time/],
    [{ ...good, direction: 'sideways' }, 'direction', /^must be one of in, out$/],
    [{ ...good, extra: 1 }, 'extra', /^is not a known field; allowed are swipeId, readerId/],
  ];
  for (const [value, field, reason] of table) {
    t.notOk(isSwipe(value), field);
    t.match(explain(isSwipe.errors), { field, reason });
  }
});

t.test('a validation message says what is allowed', async (t) => {
  const contract = await import('../index.js');
  const patterns = new Set(Object.values(contract).flatMap(patternsIn));
  t.ok(patterns.size > 8);
  for (const pattern of patterns) {
    const isText = compile({ type: 'string', pattern });
    t.notOk(isText('\n'));
    t.notMatch(explain(isText.errors), { reason: /matches|not valid/ }, `${pattern} has words`);
  }
  const limits = { type: 'number', minimum: 1, maximum: 2 };
  const table: [schema: object, value: unknown, reason: string][] = [
    [{ ...limits, type: 'integer' }, 10, 'must be an integer from 1 to 2'],
    [{ ...limits, type: 'integer' }, 'ten', 'must be an integer from 1 to 2'],
    [{ type: 'number', minimum: 0 }, -1, 'must be a number that is at least 0'],
    [{ type: 'number', exclusiveMinimum: 0, maximum: 9 }, 0, 'must be a number that is more than 0 and at most 9'],
    [{ type: 'string', minLength: 1, maxLength: 200 }, '', 'must be 1 to 200 characters'],
    [{ type: 'string', maxLength: 3 }, 'four', 'must be at most 3 characters'],
    [{ type: 'string' }, 4, 'must be a string'],
    [
      contract.DisplayName,
      '\n',
      'must be 1 to 128 characters, at least one of them visible, without control characters',
    ],
    [{ type: 'string', pattern: '^z', default: 'zoo' }, 'a', 'must be text that matches ^z, such as zoo'],
    [{ type: 'array', items: { enum: ['a', 'b'] } }, 'a', 'must be an array, each one of a, b'],
    [
      { type: 'array', items: { type: 'integer', minimum: 1 } },
      {},
      'must be an array, each an integer that is at least 1',
    ],
    [{ type: 'array', minItems: 1 }, [], 'must be an array of at least 1 item'],
    [{ type: 'object' }, [], 'must be an object'],
    [{ type: 'boolean' }, 'yes', 'must be true or false'],
    [{ enum: ['only'] }, 'other', 'must be only'],
    [{ anyOf: [limits, { const: 'unlimited' }] }, 3, 'must be a number from 1 to 2, or "unlimited"'],
  ];
  for (const [schema, value, reason] of table) {
    const isValue = compile(schema);
    t.notOk(isValue(value));
    t.same(explain(isValue.errors), { field: '', reason });
  }
  const isRule = compile(contract.AntiPassback);
  const rules: [value: unknown, field: string, reason: RegExp][] = [
    [{ mode: 'hard', forgiveAt: '4am' }, 'forgiveAt', /^must be a time of day from 00:00 to 24:00/],
    [{ mode: 'timed' }, 'minutes', /^is missing$/],
    [{ mode: 'sideways' }, 'mode', /^must be one of none, hard, soft, timed$/],
    [{}, 'mode', /^is missing$/],
    ['hard', '', /^must be an object$/],
  ];
  for (const [value, field, reason] of rules) {
    t.notOk(isRule(value));
    t.match(explain(isRule.errors), { field, reason });
  }
});

function patternsIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'pattern' in schema && typeof schema.pattern === 'string' ? [schema.pattern] : [];
  return [...own, ...Object.values(schema).flatMap(patternsIn)];
}

t.test('a decision’s reason is one of the access events', async (t) => {
  const isReason = compile(AccessEvent);
  t.ok(isReason('denied-passback'));
  t.notOk(isReason('denied-because'));
  t.same(Decision.required.includes('reason'), true);
});

t.test('door events have a closed set of types', async (t) => {
  const isDoorEvent = compile(DoorEvent);
  const event = { eventId: good.swipeId, readerId: 'r', type: 'tamper', occurredAt: good.readAt };
  t.ok(isDoorEvent(event));
  t.notOk(isDoorEvent({ ...event, type: 'open' }));
});

t.test('keys are random, and hashed as hex SHA-256', async (t) => {
  const key = newApiKey();
  t.match(key, /^sgk_[\w-]{43}$/);
  for (let i = 0; i < 100; i++) t.ok(hasApiKeyForm(newApiKey()));
  for (const other of [
    '',
    'sgk_',
    key.slice(1),
    `${key}A`,
    `${key}\n`,
    `${key.slice(0, -1)}B`,
    key.replace('_', '-'),
  ]) {
    t.notOk(hasApiKeyForm(other), other);
  }
  t.not(key, newApiKey());
  t.match(hashApiKey(key), /^[0-9a-f]{64}$/);
});

t.test('a schema with an $id compiles by itself after it was compiled within another', async (t) => {
  const schema = Type.Object({ name: Type.String() }, { $id: 'CompiledWithin' });
  t.equal(compile(Type.Array(schema))([{ name: 'a' }]), true);
  t.equal(compile(schema)({ name: 'a' }), true);
});
