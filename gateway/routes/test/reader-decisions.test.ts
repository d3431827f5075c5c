import { ItemProblem, Problem } from '@swipegate/contract';
import { useProblemDetails } from '@swipegate/http/problem-details';
import Fastify from 'fastify';
import t from 'tap';
import { DecisionHub } from '../../decisions/decision-hub.js';
import { readerDecisionRoutes } from '../reader-decisions.js';

t.test('a stream ends with its key', { timeout: 30_000 }, async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  for (const schema of [ItemProblem, Problem]) app.addSchema(schema);
  useProblemDetails(app);
  const key = { isGood: true, asked: 0 };
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request) => {
    const readerIds = new Set(['north-in']);
    request.principal = { keyId: 'k', tenantId: 'acme', role: 'reader', readerIds, endsMs: Number.POSITIVE_INFINITY };
  });
  readerDecisionRoutes(app, {
    hub: new DecisionHub(),
    history: async () => ({ decisions: [], more: false }),
    maxEventStreams: 10,
    heartbeatMs: 10,
    async isKeyValid() {
      key.asked += 1;
      return key.isGood;
    },
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const answer = await fetch(`${url}/v1/readers/north-in/decisions`);
  const reader = answer.body?.getReader();
  let text = '';
  for (let done = false; !done; ) {
    const part = await reader?.read();
    text += Buffer.from(part?.value ?? []).toString();
    // The stream stays open while the key is valid.
    if (key.asked >= 3) key.isGood = false;
    done = part?.done !== false;
  }
  t.ok(text.split(': alive').length > 3, text);
  t.notOk(key.isGood);
});
