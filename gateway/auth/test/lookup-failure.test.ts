import { useProblemDetails } from '@swipegate/http/problem-details';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { testKey } from '../../test/test-app.js';
import { ApiKeyCache } from '../api-key-directory.js';
import { keyAuthentication } from '../authenticate.js';
import { RefusalPace } from '../refusal-pace.js';

/** More than the pace lets through at once. */
const MANY = 40;

/** App whose look-ups of keys fail. @returns asks with many keys at once, and counts the answers held back */
function appWithoutTable(t: Test, maxWaiting: number) {
  const app = Fastify();
  useProblemDetails(app);
  const keys = new ApiKeyCache(
    {
      async read() {
        throw new Error('the table is away');
      },
      async *hashes() {
        yield [];
      },
    },
    { maxEntries: 10, maxAgeMs: 1_000, maxWaiting },
  );
  let paced = 0;
  const pace = new RefusalPace(MANY);
  t.intercept(pace, 'turn', {
    value: (refuse: () => void) => {
      paced += 1;
      refuse();
    },
  });
  app.addHook('onRequest', keyAuthentication(app, keys, { role: 'reader', pace }));
  app.get('/', async () => 'never');
  t.teardown(() => app.close());
  return async () => {
    // Look-ups alone do not keep the process alive.
    await app.listen({ port: 0 });
    const answers = await Promise.all(
      Array.from({ length: MANY }, (_, i) =>
        app.inject({ url: '/', headers: { authorization: `Bearer ${testKey(`of_reader_${i}`)}` } }),
      ),
    );
    t.ok(answers.every(({ statusCode }) => statusCode === 503));
    return paced;
  };
}

t.test('while keys cannot be looked up, no answer is held back', async (t) => {
  t.equal(await appWithoutTable(t, MANY)(), 0);
});

t.test('keys that are not listed and find no place in the lane are held back', async (t) => {
  t.equal(await appWithoutTable(t, 0)(), MANY);
});
