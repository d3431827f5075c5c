import type { InjectOptions } from 'fastify';
import t from 'tap';
import { OvertakenError } from '../queries/passback-forgiveness.js';
import { KEY, OPERATOR_KEY, OTHER_KEY, swipe, testApp } from './test-app.js';

const as = (key: string) => ({ authorization: `Bearer ${key}` });

const OPERATORS: InjectOptions[] = [
  { url: '/v1/buildings/hq/muster' },
  { url: '/v1/buildings/hq/occupancy' },
  { url: '/v1/cards/card-1/events' },
  { url: '/v1/employees/emp-1/events' },
  { url: '/v1/readers/north-in/events' },
  { url: '/v1/alarms' },
  { url: '/v1/readers/silent' },
  { method: 'POST', url: '/v1/cards/card-1/forgive-passback', payload: { reason: 'test' } },
];

t.test('a reader’s key cannot use the operators’ resources', async (t) => {
  const { app } = await testApp();
  t.teardown(() => app.close());
  for (const request of OPERATORS) {
    for (const key of [KEY, OTHER_KEY]) {
      const answer = await app.inject({ ...request, headers: as(key) });
      t.equal(answer.statusCode, 403, `${request.url}`);
      t.match(answer.json(), { code: 'wrong-key-role', detail: /is a reader’s key\. Use an operator’s key/ });
    }
    t.match((await app.inject(request)).json(), { code: 'missing-key', detail: /the operator’s key/ });
    // The right key gets as far as the tables, which do not exist in this test.
    const answer = await app.inject({ ...request, headers: as(OPERATOR_KEY) });
    t.equal(answer.statusCode, 503, `${request.url}`);
    t.equal(answer.headers['retry-after'], '1');
    t.match(answer.json(), { code: 'lookup-unavailable' });
  }
});

t.test('if swipes overtake the forgiveness of an entry, the answer says what to do', async (t) => {
  const forgivePassback = async () => {
    throw new OvertakenError('Swipes moved the card. Nothing was forgiven. Send the request again.');
  };
  const { app } = await testApp({}, { forgivePassback });
  t.teardown(() => app.close());
  const url = '/v1/cards/card-1/forgive-passback';
  const answer = await app.inject({ method: 'POST', url, payload: { reason: 'test' }, headers: as(OPERATOR_KEY) });
  t.match(answer.json(), { status: 503, code: 'lookup-unavailable', detail: /Nothing was forgiven\. Send/ });
  t.equal(answer.headers['retry-after'], '1');
});

t.test('one key cannot have all queries running', async (t) => {
  const running: (() => void)[] = [];
  const silentReaders = () => new Promise<{ items: [] }>((resolve) => running.push(() => resolve({ items: [] })));
  const { app } = await testApp({}, { silentReaders });
  t.teardown(() => app.close());
  const ask = () => app.inject({ url: '/v1/readers/silent', headers: as(OPERATOR_KEY) });
  const asked = Array.from({ length: 33 }, ask);
  const refused = await Promise.race(asked);
  t.match(refused.json(), { status: 503, code: 'overloaded', detail: /its share of the gateway’s running queries/ });
  t.equal(running.length, 32, 'a quarter of 128');
  for (const end of running) end();
  await Promise.all(asked);
  const again = ask();
  while (running.length === 32) await new Promise(setImmediate);
  running.at(-1)?.();
  t.equal((await again).statusCode, 200);
});

t.test('an operator’s key cannot use the readers’ resources', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const posted = swipe();
  const event = { eventId: posted['swipeId'], readerId: 'north-in', type: 'tamper', occurredAt: posted['readAt'] };
  const requests: InjectOptions[] = [
    { method: 'POST', url: '/v1/swipes', payload: posted },
    { method: 'POST', url: '/v1/door-events', payload: event },
    { url: `/v1/swipes/${posted['swipeId']}/decision` },
    { url: '/v1/readers/north-in/decisions' },
  ];
  for (const request of requests) {
    const answer = await app.inject({ ...request, headers: as(OPERATOR_KEY) });
    t.equal(answer.statusCode, 403, `${request.url}`);
    t.match(answer.json(), { code: 'wrong-key-role', detail: /cannot act for a reader/ });
  }
  t.same(sink.puts, []);
});

t.test('a wrong parameter is named', async (t) => {
  const { app } = await testApp();
  t.teardown(() => app.close());
  const table: [url: string, field: string, reason: RegExp][] = [
    ['/v1/buildings/-/muster', 'buildingId', /1 to 64 letters/],
    ['/v1/buildings/hq/muster?zone=%2F', 'zone', /1 to 64 letters/],
    ['/v1/buildings/hq/muster?format=xml', 'format', /json, csv/],
    ['/v1/buildings/hq/muster?limit=5', 'limit', /not a parameter of this resource: it has zone, format/],
    ['/v1/buildings/hq/occupancy?from=yesterday', 'from', /RFC 3339 date-time with an offset/],
    ['/v1/cards/card-1/events?from=2026-11-24T08:00:00+01:00', 'from', /RFC 3339 .*%2B/],
    ['/v1/cards/card-1/events?to=2026-02-30T08:00:00Z', 'to', /must be a time that exists, not 2026-02-30/],
    ['/v1/cards/card-1/events?from=2026-11-24T08:00:00Z&to=2026-11-24T09:00:00%2B01:00', 'to', /later than from/],
    ['/v1/cards/card-1/events?order=up', 'order', /asc, desc/],
    ['/v1/employees/emp-1/events?limit=0', 'limit', /an integer from 1 to 1000/],
    ['/v1/readers/north-in/events?limit=1001', 'limit', /an integer from 1 to 1000/],
    ['/v1/readers/north-in/events?limit=ten', 'limit', /integer/],
    ['/v1/readers/north-in/events?limit=1&limit=2', 'limit', /integer/],
    ['/v1/alarms?form=2026-11-24T08:00:00Z', 'form', /not a parameter/],
    ['/v1/readers/silent?minutes=0', 'minutes', /an integer from 1 to/],
  ];
  for (const [url, field, reason] of table) {
    const answer = await app.inject({ url, headers: as(OPERATOR_KEY) });
    t.equal(answer.statusCode, 400, url);
    t.match(answer.json(), { code: 'bad-request', field, reason }, url);
  }
  const bodies: [payload: string, type: string, problem: Record<string, unknown>][] = [
    ['', 'application/json', { status: 400, code: 'malformed-json' }],
    ['{"reason"', 'application/json', { status: 400, code: 'malformed-json' }],
    ['{"reason":""}', 'application/json', { status: 400, field: 'reason' }],
    ['{"reason":7}', 'application/x-ndjson', { status: 415, code: 'unsupported-media-type' }],
  ];
  for (const [payload, type, problem] of bodies) {
    const headers = { ...as(OPERATOR_KEY), 'content-type': type };
    const answer = await app.inject({ method: 'POST', url: '/v1/cards/c/forgive-passback', headers, payload });
    t.match(answer.json(), problem, payload);
  }
  const none = await app.inject({ method: 'POST', url: '/v1/cards/c/forgive-passback', headers: as(OPERATOR_KEY) });
  t.match(none.json(), { status: 415, detail: 'Send a body with Content-Type application/json.' });
});

t.test('OpenAPI describes the operators’ resources', async (t) => {
  const { app } = await testApp();
  t.teardown(() => app.close());
  const { paths, components } = (await app.inject('/docs/json')).json();
  const table: [path: string, method: string, schema: string][] = [
    ['/v1/buildings/{buildingId}/muster', 'get', 'Muster'],
    ['/v1/buildings/{buildingId}/occupancy', 'get', 'Occupancy'],
    ['/v1/cards/{cardId}/events', 'get', 'DecisionPage'],
    ['/v1/employees/{employeeId}/events', 'get', 'DecisionPage'],
    ['/v1/readers/{readerId}/events', 'get', 'DecisionPage'],
    ['/v1/alarms', 'get', 'AlarmPage'],
    ['/v1/alarms/{readerId}/{eventId}/acknowledge', 'post', 'AlarmStatus'],
    ['/v1/alarms/{readerId}/{eventId}/reopen', 'post', 'AlarmStatus'],
    ['/v1/readers/silent', 'get', 'SilentReaderPage'],
    ['/v1/cards/{cardId}/forgive-passback', 'post', 'PassbackForgiven'],
  ];
  for (const [path, method, schema] of table) {
    const { security, responses } = paths[path][method];
    t.same(security, [{ operatorKey: [] }, { accessToken: [] }], path);
    t.match(responses[200].content['application/json'].schema, { $ref: `#/components/schemas/${schema}` }, path);
    t.ok(components.schemas[schema], schema);
    t.ok(responses[403] && responses[503], path);
  }
  t.ok(components.securitySchemes.operatorKey);
  t.match(paths['/v1/buildings/{buildingId}/muster'].get.description, /index that DynamoDB updates a moment/);
  t.match(paths['/v1/cards/{cardId}/events'].get.responses[200].content, { 'text/csv': {} });
});
