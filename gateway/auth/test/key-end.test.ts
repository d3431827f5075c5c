import { type ApiKey, hashApiKey } from '@swipegate/contract';
import { useProblemDetails } from '@swipegate/http/problem-details';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { testKey } from '../../test/test-app.js';
import { ApiKeyCache } from '../api-key-directory.js';
import { keyAuthentication, keyCheck } from '../authenticate.js';
import { RefusalPace } from '../refusal-pace.js';

const KEY = testKey('of_a_reader');
const NOW = Date.parse('2026-11-25T12:00:00Z');

/** App that knows one key, with a simulated clock. */
function appWithKey(t: Test, notAfter: string | undefined, maxAgeMs = 60_000) {
  const clock = { nowMs: NOW, lookups: 0 };
  t.intercept(Date, 'now', { value: () => clock.nowMs });
  const row: ApiKey = {
    keyHash: hashApiKey(KEY),
    keyId: 'key-1',
    tenantId: 'acme',
    readerIds: ['north-in'],
    ...(notAfter === undefined ? {} : { notAfter }),
  };
  const keys = new ApiKeyCache(
    {
      async read() {
        clock.lookups += 1;
        return [row];
      },
      async *hashes() {
        yield [];
      },
    },
    { maxEntries: 10, maxAgeMs, maxWaiting: 10 },
  );
  const app = Fastify();
  t.teardown(() => app.close());
  useProblemDetails(app);
  app.addHook('onRequest', keyAuthentication(app, keys, { role: 'reader', pace: new RefusalPace(0) }));
  // A long-lived answer.
  app.get('/long', async (request) => {
    const before = await keyCheck(keys)(request);
    clock.nowMs += 10_000;
    return { before, after: await keyCheck(keys)(request) };
  });
  app.get('/', async (request) => ({ keyId: request.principal?.keyId }));
  const ask = async (url = '/') => {
    const answer = await app.inject({ url, headers: { authorization: `Bearer ${KEY}` } });
    return { status: answer.statusCode, ...answer.json() };
  };
  return { ask, clock };
}

const REFUSED = { status: 401, code: 'unknown-key' };

for (const [notAfter, isKeyValid] of [
  [undefined, true],
  ['2026-11-25T12:00:00.001Z', true],
  ['2026-11-25T14:00:01+02:00', true],
  ['2126-01-01T00:00:00Z', true],
  ['2026-11-25T12:00:00Z', false],
  ['2026-11-25T11:59:59.999Z', false],
  ['2026-11-25T13:59:59+02:00', false],
  ['1970-01-01T00:00:00Z', false],
  // Impossible times: they must not count as "no end".
  ['2026-13-01T00:00:00Z', false],
  ['2126-01-01T99:00:00Z', false],
] as const) {
  t.test(`a key with notAfter ${notAfter}`, async (t) => {
    const { ask } = appWithKey(t, notAfter);
    const wanted = isKeyValid ? { status: 200, keyId: 'key-1' } : REFUSED;
    t.match(await ask(), wanted, 'looked up');
    t.match(await ask(), wanted, 'from the cache');
  });
}

t.test('a cached key is refused from its end on', async (t) => {
  const { ask, clock } = appWithKey(t, '2026-11-25T12:00:10Z');
  t.match(await ask(), { status: 200 });
  clock.nowMs += 9_999;
  t.match(await ask(), { status: 200 });
  clock.nowMs += 1;
  t.match(await ask(), REFUSED);
  t.equal(clock.lookups, 1, 'answered from the cache');
});

t.test('keyCheck detects that the key of a long-lived answer has ended', async (t) => {
  t.match(await appWithKey(t, '2026-11-25T12:00:10Z').ask('/long'), { before: true, after: false });
  t.match(await appWithKey(t, '2026-11-25T12:00:11Z').ask('/long'), { before: true, after: true });
  t.match(
    await appWithKey(t, '2026-11-25T12:00:10Z', 1).ask('/long'),
    { before: true, after: false },
    'looked up again',
  );
});
