import { unexplainedRules } from '@swipegate/contract/test/unexplained-rules';
import t from 'tap';
import { decisionFor, json, KEY, ndjson, OTHER_KEY, swipe, testApp, testKey } from './test-app.js';

const url = '/v1/swipes';

t.test('a 2xx is sent only after the swipe is durable', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  let acknowledge = (): void => undefined;
  let handedOver = (): void => undefined;
  const arrived = new Promise<void>((resolve) => {
    handedOver = resolve;
  });
  sink.answer = () => {
    handedOver();
    return new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
  };
  let answered = false;
  const posted = swipe();
  const answering = app.inject({ method: 'POST', url, headers: json, payload: posted }).then((answer) => {
    answered = true;
    return answer;
  });
  await arrived;
  await new Promise(setImmediate);
  t.equal(answered, false, 'no answer while the stream has not acknowledged');
  acknowledge();
  const answer = await answering;
  t.equal(answer.statusCode, 202);
  t.equal(answer.headers['location'], `/v1/swipes/${posted['swipeId']}/decision`);
  t.match(answer.json(), { swipeId: posted['swipeId'], receivedAt: /Z$/, decision: answer.headers['location'] });
});

t.test('the record has the swipe as sent, the tenant and the gateway’s time, keyed by card', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const posted = swipe({ direction: 'out', readAt: '2026-01-02T03:04:05.678+09:00' });
  await app.inject({ method: 'POST', url, headers: json, payload: posted });
  const [put] = sink.puts;
  t.equal(put?.partitionKey, 'acme/card-1');
  t.match(put?.record, { ...posted, tenantId: 'acme', receivedAt: Number });
});

t.test('a batch is put in order and answered as a whole', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const posted = Array.from({ length: 500 }, () => swipe());
  const answer = await app.inject({ method: 'POST', url, headers: json, payload: posted });
  t.equal(answer.statusCode, 207);
  t.match(answer.json(), { accepted: 500, rejected: [] });
  t.same(
    sink.puts.map(({ record }) => record['swipeId']),
    posted.map(({ swipeId }) => swipeId),
  );
  const lines = [swipe(), swipe()];
  const streamed = await app.inject({
    method: 'POST',
    url,
    headers: ndjson,
    payload: lines.map((line) => JSON.stringify(line)).join('\n'),
  });
  t.match(streamed.json(), { accepted: 2, rejected: [] });
});

t.test('swipes that the stream refuses are not answered as accepted', async (t) => {
  const { app, sink } = await testApp({ ACK_TIMEOUT_MS: '100' });
  t.teardown(() => app.close());
  const refused = (code: string) => Object.assign(new Error(code), { code });

  sink.answer = () => {
    throw refused('BUFFER_FULL');
  };
  const full = await app.inject({ method: 'POST', url, headers: json, payload: swipe() });
  t.equal(full.statusCode, 503);
  t.equal(full.headers['retry-after'], '1');
  t.equal(full.json().code, 'overloaded');

  sink.answer = () => Promise.reject(refused('RECORD_EXPIRED'));
  const failed = await app.inject({ method: 'POST', url, headers: json, payload: swipe() });
  t.match(failed.json(), { status: 503, code: 'stream-unavailable' });

  sink.answer = () => new Promise(() => undefined);
  const late = await app.inject({ method: 'POST', url, headers: json, payload: swipe() });
  t.match(late.json(), { status: 503, code: 'stream-unavailable' });

  sink.answer = ({ record }) => (record['cardId'] === 'card-2' ? Promise.reject(refused('CLOSED')) : Promise.resolve());
  const mixed = await app.inject({
    method: 'POST',
    url,
    headers: json,
    payload: [swipe(), swipe({ cardId: 'card-2' }), swipe()],
  });
  t.equal(mixed.statusCode, 207);
  t.match(mixed.json(), { accepted: 2, rejected: [{ index: 1, code: 'shutting-down' }] });
});

t.test('Prefer: wait answers with the decision', async (t) => {
  const { app, sink, hub } = await testApp();
  t.teardown(() => app.close());
  const posted = swipe();
  // The decision arrives before the acknowledgement, so the gateway must already be listening.
  sink.answer = async () => {
    await null;
    hub.publish(decisionFor(posted));
  };
  const answer = await app.inject({ method: 'POST', url, headers: { ...json, prefer: 'wait=5' }, payload: posted });
  t.equal(answer.statusCode, 200);
  t.equal(answer.headers['preference-applied'], 'wait=5');
  t.match(answer.json(), { swipeId: posted['swipeId'], outcome: 'granted', reason: 'granted' });
  t.equal(hub.waitingRequests, 0, 'no request is left waiting');
});

t.test('a decision that does not come in time leaves a 202', async (t) => {
  const { app, hub } = await testApp({ MAX_WAIT_MS: '30' });
  t.teardown(() => app.close());
  const answer = await app.inject({ method: 'POST', url, headers: { ...json, prefer: 'wait=60' }, payload: swipe() });
  t.equal(answer.statusCode, 202);
  t.equal(hub.waitingRequests, 0);
});

t.test('a batch with Prefer: wait returns the decisions that came in time', async (t) => {
  const { app, sink, hub } = await testApp({ MAX_WAIT_MS: '50' });
  t.teardown(() => app.close());
  const posted = [swipe(), swipe({ cardId: 'card-slow' })];
  sink.answer = async ({ record }) => {
    await null;
    if (record['cardId'] !== 'card-slow') hub.publish(decisionFor(record));
  };
  const answer = await app.inject({ method: 'POST', url, headers: { ...json, prefer: 'wait=1' }, payload: posted });
  t.match(answer.json(), { accepted: 2, decisions: [{ swipeId: posted[0]?.['swipeId'] }] });
  t.equal(answer.json().decisions.length, 1);
});

t.test('a swipeId used by another reader does not reveal that reader’s decision', async (t) => {
  const { app, sink, hub } = await testApp();
  t.teardown(() => app.close());
  const posted = swipe();
  sink.answer = async () => {
    await null;
    hub.publish(decisionFor(posted, { readerId: 'north-out' }));
  };
  const answer = await app.inject({ method: 'POST', url, headers: { ...json, prefer: 'wait=5' }, payload: posted });
  t.match(answer.json(), { status: 409, code: 'swipe-id-reused', field: 'swipeId' });
});

t.test('a key reads only its own readers’ decisions', async (t) => {
  const { app, stored } = await testApp();
  t.teardown(() => app.close());
  const own = decisionFor(swipe());
  stored.push(own);
  const read = (swipeId: string, key: string) =>
    app.inject({ url: `/v1/swipes/${swipeId}/decision`, headers: { authorization: `Bearer ${key}` } });
  t.same((await read(own.swipeId, KEY)).json(), own);
  t.equal((await read(own.swipeId, OTHER_KEY)).statusCode, 404);
});

t.test('with one swipeId for several cards, each card’s decision can be read', async (t) => {
  const { app, stored } = await testApp();
  t.teardown(() => app.close());
  const first = decisionFor(swipe({ cardId: 'card-1' }), { sequence: '1' });
  const second = decisionFor(swipe({ swipeId: first.swipeId, cardId: 'card-2' }), { sequence: '2' });
  stored.push(second, first);
  const read = (query: string) => app.inject({ url: `/v1/swipes/${first.swipeId}/decision${query}`, headers: json });
  t.same((await read('')).json(), first, 'the one decided first, without cardId');
  t.same((await read('?cardId=card-2')).json(), second);
  t.equal((await read('?cardId=card-3')).statusCode, 404);
  t.equal((await read('?cardId=not%20a%20card')).statusCode, 400);
});

t.test('a swipeId used only at readers of other keys is a conflict, not a pending decision', async (t) => {
  const { app, stored } = await testApp();
  t.teardown(() => app.close());
  const foreign = decisionFor(swipe({ readerId: 'elsewhere', cardId: 'card-secret' }));
  stored.push(foreign);
  const read = (key: string) =>
    app.inject({ url: `/v1/swipes/${foreign.swipeId}/decision`, headers: { authorization: `Bearer ${key}` } });
  const answer = await read(KEY);
  t.match(answer.json(), { status: 409, code: 'swipe-id-reused', field: 'swipeId', reason: /another reader/ });
  t.notMatch(answer.body, /elsewhere|card-secret|granted/, 'reveals nothing else');
  t.equal((await read(OTHER_KEY)).statusCode, 404, 'another tenant learns nothing');
  const own = decisionFor({ ...foreign, readerId: 'north-in', cardId: 'card-1' });
  stored.push(own);
  t.same((await read(KEY)).json(), own, 'with another card the same swipeId is another swipe');
});

t.test('above its limits the gateway sheds with 503 and stays healthy', async (t) => {
  const { app, sink } = await testApp({ MAX_IN_FLIGHT_REQUESTS: '1' });
  t.teardown(() => app.close());
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  let acknowledge = (): void => undefined;
  let handedOver = (): void => undefined;
  const arrived = new Promise<void>((resolve) => {
    handedOver = resolve;
  });
  sink.answer = () => {
    handedOver();
    return new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
  };
  const post = () => fetch(`${base}${url}`, { method: 'POST', headers: json, body: JSON.stringify(swipe()) });
  const first = post();
  await arrived;
  const shed = await post();
  t.equal(shed.status, 503);
  t.equal(shed.headers.get('retry-after'), '1');
  t.equal((await fetch(`${base}/healthz`)).status, 200, 'alive while shedding');
  t.equal((await fetch(`${base}/readyz`)).status, 503, 'not ready while shedding');
  acknowledge();
  t.equal((await first).status, 202);
  sink.answer = async () => undefined;
  let again = await post();
  while (again.status === 503) again = await post();
  t.equal(again.status, 202, 'accepts swipes again');
});

t.test('the rate limit of one key does not affect another', async (t) => {
  const { app } = await testApp({ RATE_LIMIT_PER_SECOND: '2' });
  t.teardown(() => app.close());
  const post = (headers: Record<string, string>, readerId: string) =>
    app.inject({ method: 'POST', url, headers, payload: swipe({ readerId }) });
  const statuses = [];
  for (let i = 0; i < 10; i++) statuses.push((await post(json, 'north-in')).statusCode);
  t.ok(statuses.includes(429), String(statuses));
  const limited = await post(json, 'north-in');
  t.match(limited.json(), { status: 429, code: 'too-many-requests' });
  t.ok(Number(limited.headers['retry-after']) >= 1);
  t.equal((await post({ ...json, authorization: `Bearer ${OTHER_KEY}` }, 'globex-in')).statusCode, 202);
});

t.test('known and unknown keys are looked up once', async (t) => {
  const { app, lookups } = await testApp();
  t.teardown(() => app.close());
  for (let i = 0; i < 3; i++) {
    await app.inject({ method: 'POST', url, headers: json, payload: swipe() });
    await app.inject({
      method: 'POST',
      url,
      headers: { ...json, authorization: `Bearer ${testKey('guess')}` },
      payload: swipe(),
    });
  }
  t.equal(lookups(), 2);
  for (const guess of ['guess', 'sgk_', `${KEY}A`, KEY.slice(0, -1), `${KEY.slice(0, -1)}B`, 'x'.repeat(256)]) {
    const headers = { ...json, authorization: `Bearer ${guess}` };
    const answer = await app.inject({ method: 'POST', url, headers, payload: swipe() });
    t.match(answer.json(), { status: 401, code: 'unknown-key' }, guess);
  }
  t.equal(lookups(), 2, 'what cannot be a key is not looked up');
});

t.test('door events share the path of swipes', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const { swipeId: eventId } = swipe();
  const event = { eventId, readerId: 'north-in', type: 'forced-open', occurredAt: new Date().toISOString() };
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/door-events',
    headers: json,
    payload: [event, { ...event, type: 'open' }],
  });
  t.equal(answer.statusCode, 207);
  t.match(answer.json(), { accepted: 1, rejected: [{ index: 1, eventId, code: 'invalid-item', field: 'type' }] });
  t.match(sink.puts, [{ partitionKey: 'acme/north-in', record: { ...event, kind: 'door-event', tenantId: 'acme' } }]);
});

t.test('a wrong clock is no reason to refuse a swipe or a door event', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const times = [
    new Date(Date.now() + 3_600_000).toISOString(),
    '2999-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    '0000-01-01T00:00:00+01:00',
    '1970-01-01T00:00:00Z',
    '2000-00-00T00:00:00Z',
    '2025-02-30T08:00:00Z',
    '2025-06-30T23:59:60Z',
    '2025-02-28T24:00:00+99:99',
  ];
  for (const readAt of times) {
    const posted = swipe({ readAt });
    t.equal((await app.inject({ method: 'POST', url, headers: json, payload: posted })).statusCode, 202, readAt);
    t.match(sink.puts.at(-1)?.record, { readAt, receivedAt: Number });
    const batch = await app.inject({ method: 'POST', url, headers: json, payload: [swipe(), swipe({ readAt })] });
    t.match(batch.json(), { accepted: 2, rejected: [] }, readAt);
    const event = { eventId: posted['swipeId'], readerId: 'north-in', type: 'tamper', occurredAt: readAt };
    const answer = await app.inject({ method: 'POST', url: '/v1/door-events', headers: json, payload: event });
    t.match(answer.json(), { accepted: 1, rejected: [] }, readAt);
  }
});

t.test('a reader follows its decisions as server-sent events', async (t) => {
  const { app, hub } = await testApp();
  t.teardown(() => app.close());
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  const stream = await fetch(`${base}/v1/readers/north-in/decisions`, { headers: json });
  t.equal(stream.status, 200);
  t.equal(stream.headers.get('content-type'), 'text/event-stream');
  const decision = decisionFor(swipe());
  hub.publish(decisionFor(swipe({ readerId: 'north-out' })));
  hub.publish(decision);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('data:')) break;
  }
  t.match(
    text,
    `id: ${decision.decidedAt}#${decision.swipeId}\nevent: decision\ndata: ${JSON.stringify(decision)}\n\n`,
  );
  t.notMatch(text, 'north-out', 'only this reader’s decisions');
});

t.test('a reader that reconnects with Last-Event-ID gets the decisions since then', async (t) => {
  const { app, hub, stored } = await testApp();
  t.teardown(() => app.close());
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  const ago = (ms: number) => ({ decidedAt: new Date(Date.now() - ms).toISOString() });
  const [old, seen, missed, foreign] = [
    decisionFor(swipe(), ago(120_000)),
    decisionFor(swipe(), ago(60_000)),
    decisionFor(swipe(), ago(30_000)),
    decisionFor(swipe({ readerId: 'north-out' }), ago(30_000)),
  ];
  stored.push(old, seen, missed, foreign);
  const read = async (lastEventId: string) => {
    const leaving = new AbortController();
    const stream = await fetch(`${base}/v1/readers/north-in/decisions`, {
      headers: { ...json, 'last-event-id': lastEventId },
      signal: leaving.signal,
    });
    const live = decisionFor(swipe());
    hub.publish(live);
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes(live.swipeId)) break;
    }
    leaving.abort();
    return { ids: Array.from(text.matchAll(/^id: .+#(.+)$/gm), ([, id]) => id), live: live.swipeId, text };
  };
  const resumed = await read(`${seen.decidedAt}#${seen.swipeId}`);
  t.same(resumed.ids, [seen.swipeId, missed.swipeId, resumed.live]);
  const fresh = await read('of another form');
  t.same(fresh.ids, [fresh.live], 'with an id of another form the stream starts now');
  const many = Array.from({ length: 1_001 }, () => decisionFor(swipe(), ago(20_000)));
  stored.push(...many);
  t.match((await read(`${seen.decidedAt}#${seen.swipeId}`)).text, /event: missed\ndata: {"since":"[^"]+Z"}\n\n/);
});

t.test('readiness, metrics and the OpenAPI page', async (t) => {
  const { app, sink, notReady } = await testApp();
  t.teardown(() => app.close());
  t.same((await app.inject('/healthz')).json(), { status: 'alive' });
  t.same((await app.inject('/readyz')).json(), { status: 'ready' });
  sink.healthy = false;
  t.match((await app.inject('/readyz')).json(), { status: 503, detail: /not accepting records/ });
  sink.healthy = true;
  notReady.push('shutting down');
  t.match((await app.inject('/readyz')).json(), { status: 503, detail: /shutting down/ });

  await app.inject({ method: 'POST', url, headers: json, payload: swipe() });
  await app.inject({ method: 'POST', url, headers: json, payload: swipe({ cardId: 1 }) });
  const metrics = (await app.inject('/metrics')).body;
  t.match(metrics, /^swipegate_swipes_accepted_total 1$/m);
  t.match(metrics, /^swipegate_items_rejected_total\{code="invalid-item"\} 1$/m);

  const openapi = (await app.inject('/docs/json')).json();
  t.equal(openapi.openapi, '3.1.0');
  t.same(unexplainedRules(openapi), [], 'each rule says what is allowed');
  t.match(openapi.paths['/v1/swipes'].post.responses, {
    200: { description: /decided in time/, content: { 'application/json': { schema: { $ref: /Decision$/ } } } },
    202: { description: /not decided yet/, content: { 'application/json': { schema: { $ref: /SwipeAccepted$/ } } } },
    207: { description: /durable/, content: { 'application/json': { schema: { $ref: /BatchResult$/ } } } },
  });
  t.match(openapi.paths['/v1/readers/{readerId}/decisions'].get.responses[200].content, { 'text/event-stream': {} });
  t.same(
    ['BatchResult', 'Decision', 'DoorEvent', 'ItemProblem', 'PostedSwipe', 'Problem', 'SwipeAccepted'].filter(
      (name) => openapi.components.schemas[name] === undefined,
    ),
    [],
  );
  t.match(
    openapi.components.schemas.PostedSwipe.properties.cardId,
    { type: 'string', minLength: 1, maxLength: 128, description: /card format/, examples: ['card-00042'] },
    'a reader with a card format may send any text',
  );
  t.notOk('pattern' in openapi.components.schemas.PostedSwipe.properties.cardId);
  const page = await app.inject('/docs/');
  t.match(page.body, '<title>Swipegate API</title>');
  t.notMatch(page.headers['content-security-policy'], /upgrade-insecure/, 'works over plain http');
});
