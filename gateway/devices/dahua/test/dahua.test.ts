import { type ApiKey, type DeviceOfKey, hashApiKey } from '@swipegate/contract';
import t from 'tap';
import { startDevicePort } from '../../../test/device-port.js';
import { testKey } from '../../../test/test-app.js';
import { replayTranscript } from '../../../test/transcript.js';

const KEY = testKey('ss_3530');
const device: DeviceOfKey = {
  deviceId: 'gate',
  make: 'dahua',
  doors: [
    { door: 0, in: 'gate-in', out: 'gate-out' },
    { door: 1, in: 'shed-in' },
  ],
  timeZone: 'America/Sao_Paulo',
};
const key: ApiKey = {
  keyHash: hashApiKey(KEY),
  keyId: 'key-gate',
  tenantId: 'acme',
  readerIds: ['gate-in', 'gate-out', 'shed-in'],
  cardFormats: { 'gate-in': 'uid-hex' },
  cardNumbers: 'full',
  device,
};
const env = { ACK_TIMEOUT_MS: '300', MAX_WAIT_MS: '400' };
const { sink, devices, given, swipes, events } = await startDevicePort(t, env, { keys: [key] });
const post = (payload: string | Buffer, type = 'application/json', path = 'notification') =>
  devices.inject({ method: 'POST', url: `/d/${KEY}/${path}`, payload, headers: { 'content-type': type } });

const now = () => Math.floor(Date.now() / 1_000);
const access = (data: Record<string, unknown> = {}) => ({
  Action: 'Pulse',
  Code: 'AccessControl',
  Data: {
    ...{ CardName: 'N.N.', CardNo: '04A1B2C3', CardType: 0, Door: 0, ErrorCode: 0, Method: 1, ReaderID: '1' },
    ...{ Status: 1, Type: 'Entry', UTC: now(), UserID: '6', UserType: 0, ...data },
  },
  Index: 0,
});
const body = (...list: object[]) => JSON.stringify({ Events: list });
const multipart = (json: string, { end = '\r\n--myboundary--\r\n', pictureBytes = 100_000 } = {}) =>
  Buffer.concat([
    Buffer.from('--myboundary\r\nContent-Disposition: form-data; name="info"\r\nContent-Type: text/plain\r\n\r\n'),
    Buffer.from(
      `${json}\r\n--myboundary\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: image/jpeg\r\n\r\n`,
    ),
    Buffer.alloc(pictureBytes, 0xd8),
    Buffer.from(end),
  ]);
const MULTIPART = 'multipart/form-data; boundary=myboundary';

t.test('a device gets the bytes that its protocol wants', async (t) => {
  await replayTranscript(t, 'devices/dahua/test/online.http', { devices, given, replacing: { key: KEY } });
});

t.test('a question is answered in all forms of body', async (t) => {
  const lines = (utc: number) =>
    ['Events[0].Code=AccessControl', 'Events[0].Action=Pulse', 'Events[0].Index=0']
      .concat(
        ['CardNo=04A1B2C3', 'Door=0', 'Method=1', 'Status=1', 'Type=Entry', `UTC=${utc}`].map(
          (f) => `Events[0].Data.${f}`,
        ),
      )
      .join('\r\n');
  const bodies: [string, string | Buffer, string][] = [
    ['JSON', body(access()), 'application/json'],
    ['multipart with a picture', multipart(body(access())), MULTIPART],
    ['no end boundary', multipart(body(access()), { end: '' }), MULTIPART],
    ['lines', lines(now()), 'text/plain'],
    ['lines in multipart', multipart(lines(now())), MULTIPART],
    ['single quotes', body(access()).replaceAll('"', "'"), 'text/plain'],
    ['one event without a list', JSON.stringify(access()), 'application/json'],
  ];
  for (const [what, payload, type] of bodies) {
    sink.puts.length = 0;
    const answer = await post(payload, type);
    t.equal(answer.body, '{"message":"access granted","code":"200","auth":"true"}', what);
    t.equal(answer.headers['content-length'], String(answer.body.length));
    t.match(swipes(), [{ readerId: 'gate-in', cardId: 'uid-04a1b2c3', direction: 'in' }], what);
    t.equal(swipes()[0]?.['offlineOutcome'], undefined);
  }
  const lying = await devices.inject({
    method: 'POST',
    url: `/d/${KEY}/notification`,
    payload: body(access()),
    headers: { 'content-type': 'application/json', 'content-encoding': 'deflate' },
  });
  t.match(lying.json(), { auth: 'true' }, 'a Content-Encoding that is not true');
  given.decision = { outcome: 'denied', reason: 'denied-credential-expired' };
  t.equal((await post(body(access()))).body, '{"message":"the card has expired","code":"200","auth":"false"}');
});

t.test('doors, directions and people', async (t) => {
  await post(body(access({ Type: 'Exit' })));
  await post(body(access({ Door: 1, CardNo: '', Method: 15 })));
  t.match(swipes(), [
    { readerId: 'gate-out', direction: 'out', cardId: '04A1B2C3' },
    { readerId: 'shed-in', cardId: 'dahua:6' },
  ]);
});

t.test('no fault opens a door', async (t) => {
  const shut = async (what: string, payload: string | Buffer, type?: string) => {
    const answer = await post(payload, type);
    t.match([answer.statusCode, answer.json()], [200, { code: '200', auth: 'false' }], what);
  };
  await shut('a password', body(access({ CardNo: '', Method: 0 })));
  await shut('a click', body(access({ CardNo: '', Method: 5 })));
  await shut('unknown door', body(access({ Door: 7 })));
  await shut('nobody', body(access({ CardNo: '00000000', UserID: '' })));
  for (const nothing of ['', '{', 'null', '[]', '{"Events":7}', '{"Events":[null,7,{"Code":1}]}', '\0\0', '\r\r']) {
    await shut(JSON.stringify(nothing), nothing);
  }
  await shut('multipart without a part', '--myboundary', MULTIPART);
  t.same(swipes(), []);
  await shut('two people', body(access(), access({ CardNo: '04A1B2C4' })));
  t.match(swipes(), [{ offlineOutcome: 'granted' }, { offlineOutcome: 'granted' }]);
  for (const [what, ms] of [
    ['an hour ago', -3_600],
    ['ahead', 7_200],
  ] as const) {
    sink.puts.length = 0;
    await shut(what, body(access({ UTC: now() + ms })));
    t.match(swipes(), [{ offlineOutcome: 'granted' }], what);
    t.ok(Date.parse(String(swipes()[0]?.['readAt'])) <= Date.now());
  }
  given.decision = undefined;
  await shut('late', body(access()));
  given.decision = { offlineOutcome: 'granted' };
  await shut('the decision on its own report', body(access()));
  given.decision = {};
  const { answer } = sink;
  sink.answer = () => Promise.reject(Object.assign(new Error('full'), { code: 'BUFFER_FULL' }));
  await shut('overload', body(access()));
  sink.answer = answer;
});

t.test('the question and the event of its answer are one swipe, in both orders', async (t) => {
  const one = body(access());
  await post(one);
  await post(one, 'application/json', 'events');
  await post(one);
  t.equal(swipes().length, 3);
  t.equal(new Set(swipes().map(({ swipeId }) => swipeId)).size, 1);
});

t.test('seconds of the wall clock are told from those of UTC', async (t) => {
  const report = async (utc: number, time?: string) => {
    sink.puts.length = 0;
    const events = [access({ UTC: utc })];
    await post(JSON.stringify({ Events: events, ...(time && { Time: time }) }), 'application/json', 'events');
    return swipes()[0]?.['readAt'];
  };
  const noon = Date.UTC(2026, 5, 1, 12) / 1_000;
  t.equal(await report(noon), '2026-06-01T12:00:00.000Z', 'nothing to compare');
  t.equal(await report(noon, '01-06-2026 09:00:00'), '2026-06-01T12:00:00.000Z', 'UTC');
  t.equal(await report(noon, '01-06-2026 12:00:01'), '2026-06-01T15:00:00.000Z', 'the wall clock');
  t.equal(await report(0, '2026-06-01 12:00:00'), '2026-06-01T15:00:00.000Z', 'no seconds');
  const live = await post(body(access({ UTC: now() - 3 * 3_600 })));
  t.match(live.json(), { auth: 'true' }, 'now by the wall clock of São Paulo');
});

t.test('reports are history and door events; what can never be taken does not block them', async (t) => {
  const door = (Code: string, Action = 'Start') => ({ Code, Action, Index: 1, Data: { UTC: now() } });
  const report = body(
    access(),
    access({ CardNo: '', Status: 0 }),
    access({ CardNo: 'not hex', Door: 1 }),
    access({ Door: 9 }),
    ...[door('BreakIn'), door('DoorNotClosed'), door('ChassisIntruded'), door('BreakIn', 'Stop'), door('DoorStatus')],
  );
  const answer = await post(multipart(report), MULTIPART, 'events');
  t.match([answer.statusCode, answer.json()], [200, { auth: 'false' }]);
  t.match(swipes(), [
    { cardId: 'uid-04a1b2c3', offlineOutcome: 'granted' },
    { cardId: 'dahua:6', offlineOutcome: 'denied' },
  ]);
  t.equal(swipes().length, 2);
  t.match(events(), [{ type: 'forced-open', readerId: 'shed-in' }, { type: 'door-open-too-long' }, { type: 'tamper' }]);
  const ids = events().map(({ eventId }) => eventId);
  t.equal(new Set(ids).size, 3);
  sink.puts.length = 0;
  await post(report, 'application/json', 'events');
  t.same(
    events().map(({ eventId }) => eventId),
    ids,
    'sent again, they are the same',
  );
  const { answer: stores } = sink;
  sink.answer = () => Promise.reject(Object.assign(new Error('full'), { code: 'BUFFER_FULL' }));
  t.equal((await post(report, 'application/json', 'events')).statusCode, 503, 'sent again');
  sink.answer = stores;
});

t.test('states of doors, power and codes under duress are door events', async (t) => {
  const event = (Code: string, Data: object = {}) => ({
    Code,
    Action: 'Pulse',
    Index: 1,
    Data: { UTC: now(), ...Data },
  });
  const report = body(
    ...[event('DoorStatus', { Status: 'Open' }), event('DoorStatus', { Status: 'Close' }), event('Duress')],
    ...[event('PowerFault', { EventType: 'Lost' }), event('PowerFault', { EventType: 'LostRecover' })],
    event('BatteryLowPower'),
  );
  t.equal((await post(report, 'application/json', 'events')).statusCode, 200);
  t.same(
    events().map(({ type }) => type),
    ['door-opened', 'door-closed', 'duress-code', 'mains-lost', 'battery-low'],
  );
});

t.test('two megabytes are read, and no more', async (t) => {
  const fitting = multipart(body(access()), { pictureBytes: 2 * 1_024 * 1_024 - 2_000 });
  t.match((await post(fitting, MULTIPART)).json(), { auth: 'true' });
  const large = multipart(body(access()), { pictureBytes: 2 * 1_024 * 1_024 });
  t.match((await post(large, MULTIPART)).json(), { code: 'body-too-large' });
});
