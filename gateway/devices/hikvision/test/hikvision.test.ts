import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApiKey,
  type DeviceCommandName,
  type DeviceCommandRow,
  type DeviceOfKey,
  hashApiKey,
} from '@swipegate/contract';
import { networksIn } from '@swipegate/http/networks';
import fc from 'fast-check';
import { pino } from 'pino';
import t from 'tap';
import { startDevicePort } from '../../../test/device-port.js';
import { looked, testKey, waitingCommand } from '../../../test/test-app.js';
import { replayTranscript } from '../../../test/transcript.js';
import { carryOut, localTimeAt } from '../commands.js';
import { DeviceLogins } from '../logins.js';
import { startFakeDevice } from './fake-device.js';

const KEY = testKey('ds_k1t671');
const device: DeviceOfKey = {
  deviceId: 'lobby',
  make: 'hikvision',
  doors: [
    { door: 1, in: 'lobby-in', out: 'lobby-out' },
    { door: 2, in: 'shed-in' },
  ],
  timeZone: 'Europe/Berlin',
};
const key: ApiKey = {
  keyHash: hashApiKey(KEY),
  keyId: 'key-lobby',
  tenantId: 'acme',
  readerIds: ['lobby-in', 'lobby-out', 'shed-in'],
  cardFormats: { 'lobby-in': 'uid-decimal' },
  cardNumbers: 'full',
  device,
};
const STRANGE = testKey('not_hikvision');
const strange: ApiKey = {
  ...key,
  keyHash: hashApiKey(STRANGE),
  keyId: 'key-strange',
  device: { ...device, make: 'dahua' },
};

/** A controller without a login. */
const controller = (key: string, deviceId: string): ApiKey => ({
  ...{ keyHash: hashApiKey(key), keyId: `key-${deviceId}`, tenantId: 'acme', readerIds: ['shed-in'] },
  device: { ...device, deviceId, doors: [1, 2].map((door) => ({ door, in: 'shed-in' })) },
});
const [YARD, BACK] = [testKey('ds_k2602'), testKey('ds_k2604')];

const terminal = await startFakeDevice(t);
const folder = mkdtempSync(join(tmpdir(), 'swipegate-hikvision-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'logins.json');
const login = {
  tenantId: 'acme',
  deviceId: 'lobby',
  address: `127.0.0.1:${terminal.port}`,
  user: 'admin',
  password: 'secret 1',
};
let writes = 0;
function writeLogins(content: unknown): void {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  writes += 1;
  // Two writes within one tick of the file system's clock have one time.
  utimesSync(file, new Date(), new Date(1_700_000_000_000 + writes * 1_000));
}
writeLogins([login]);

const logged: string[] = [];
const env = { ACK_TIMEOUT_MS: '300', MAX_WAIT_MS: '400', DEVICE_LOGINS: file };
const { sink, devices, given, decide, swipes, events, commands, contacts } = await startDevicePort(t, env, {
  keys: [key, strange, controller(YARD, 'yard'), controller(BACK, 'back')],
  logger: pino({ level: 'error' }, { write: (line) => void logged.push(line) }),
});
t.beforeEach(() => {
  terminal.seen.length = 0;
  Object.assign(terminal, { status: 200, password: 'secret 1', requests: 0, isSilent: false });
});

const post = (payload: string | Buffer, { type = 'application/json', path = '', key = KEY } = {}) =>
  devices.inject({ method: 'POST', url: `/d/${key}${path}`, payload, headers: { 'content-type': type } });
const full = () => {
  sink.answer = () => Promise.reject(Object.assign(new Error('full'), { code: 'BUFFER_FULL' }));
};

let serial = 256;
/** An event as a terminal posts it, with a serial number of its own. */
function event(details: Record<string, unknown> = {}, outer: Record<string, unknown> = {}) {
  serial += 1;
  return {
    ...{ ipAddress: '192.0.2.10', portNo: 80, protocol: 'HTTP', macAddress: '00:00:5e:00:53:01', channelID: 1 },
    ...{
      dateTime: new Date().toISOString(),
      activePostCount: 1,
      eventType: 'AccessControllerEvent',
      eventState: 'active',
    },
    ...{ eventDescription: 'Access Controller Event', ...outer },
    AccessControllerEvent: {
      ...{ deviceName: 'Lobby', majorEventType: 5, subEventType: 1, cardNo: '77705923', cardType: 1, name: 'N.N.' },
      ...{ cardReaderKind: 1, cardReaderNo: 1, doorNo: 1, serialNo: serial, userType: 'normal', currentEvent: true },
      ...{ currentVerifyMode: 'cardOrFaceOrFp', attendanceStatus: 'undefined', mask: 'unknown', ...details },
    },
  };
}
const text = (details?: Record<string, unknown>, outer?: Record<string, unknown>) =>
  JSON.stringify(event(details, outer));
const asks = (details: Record<string, unknown> = {}, outer: Record<string, unknown> = {}) =>
  text({ remoteCheck: true, ...details }, outer);

function xml({ AccessControllerEvent: details, ...outer }: ReturnType<typeof event>, prefix = ''): string {
  const leaves = (values: object) =>
    Object.entries(values).map(
      ([name, value]) => `<${prefix}${name}>${String(value).replace('&', '&amp;')}</${prefix}${name}>`,
    );
  return [
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">`,
    ...leaves(outer),
    ...['<AccessControllerEvent>', ...leaves(details), '</AccessControllerEvent>', '</EventNotificationAlert>'],
  ].join('\r\n');
}

function multipart(
  event: string,
  {
    part = 'Content-Disposition: form-data; name="event_log"\r\nContent-Type: application/json',
    end = '\r\n--MIME_boundary--\r\n',
    pictureBytes = 100_000,
  } = {},
) {
  return Buffer.concat([
    Buffer.from(
      `--MIME_boundary\r\n${part}\r\nContent-Length: ${Buffer.byteLength(event)}\r\n\r\n${event}\r\n--MIME_boundary\r\n`,
    ),
    Buffer.from(
      'Content-Disposition: form-data; name="Picture"; filename="Picture.jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
    ),
    Buffer.alloc(pictureBytes, 0xd8),
    Buffer.from(end),
  ]);
}
const MULTIPART = { type: 'multipart/form-data; boundary=MIME_boundary' };
const success = (number: number, info = 'access granted') =>
  `{"RemoteCheck":{"serialNo":${number},"checkResult":"success","info":"${info}"}}`;
const failed = (number: number, info: string) => success(number, info).replace('success', 'failed');

t.test('a device tells its clock, and is asked for its model once', async (t) => {
  terminal.about = '<DeviceInfo><model>DS-K1T671M</model><firmwareVersion>V3.2.30</firmwareVersion></DeviceInfo>';
  const asked = terminal.nextCall();
  await post('{"eventType":"heartBeat"}');
  t.match(await asked, { line: 'GET /ISAPI/System/deviceInfo' });
  const told = () => contacts().find((contact) => contact['model'] !== undefined);
  while (told() === undefined) await looked();
  t.match(told(), { deviceId: 'lobby', model: 'DS-K1T671M', firmware: 'V3.2.30' });
  terminal.requests = 0;
  await post('{"eventType":"heartBeat"}');
  t.equal(terminal.requests, 0);
  const dateTime = new Date(Date.now() - 7_200_000).toISOString();
  await post(JSON.stringify({ eventType: 'heartBeat', dateTime }), { key: BACK });
  const { clockOffsetMs } = contacts().find((contact) => contact['clockOffsetMs'] !== undefined) ?? {};
  t.ok(Math.abs(Number(clockOffsetMs) + 7_200_000) < 5_000, String(clockOffsetMs));
});

t.test('transcript', async (t) => {
  const replacing = { key: KEY, iso: new Date().toISOString() };
  await replayTranscript(t, 'devices/hikvision/test/listening.http', { devices, given, replacing });
  t.match(
    swipes().map(({ cardId, offlineOutcome }) => [cardId, offlineOutcome]),
    [
      ['uid-04a1b2c3', undefined],
      ['hik:1001', undefined],
      ['uid-04a1b2c4', undefined],
      ['uid-04a1b2c5', undefined],
      ['uid-04a1b2c6', 'denied'],
    ],
  );
  t.match(events(), [{ type: 'forced-open', readerId: 'lobby-in' }]);
});

t.test('heartbeats and other events are answered', async (t) => {
  const beat = { eventType: 'heartBeat', eventState: 'active', dateTime: new Date().toISOString() };
  const videoLoss =
    '<EventNotificationAlert><eventType>videoloss</eventType><eventState>inactive</eventState></EventNotificationAlert>';
  for (const body of [JSON.stringify(beat), videoLoss, text({ subEventType: 0x15, cardNo: '' })]) {
    const answer = await post(body);
    t.match([answer.statusCode, answer.body, answer.headers['content-length']], [200, 'OK', '2']);
  }
  t.match(await devices.inject({ url: `/d/${KEY}` }), { statusCode: 200, body: 'OK' });
  t.same(swipes(), []);
});

t.test('a question is answered byte for byte, in all forms of body', async (t) => {
  const bodies: [string, () => string | Buffer, { type?: string }][] = [
    ['JSON', () => asks(), {}],
    ['multipart with a picture', () => multipart(asks()), MULTIPART],
    ['quoted boundary', () => multipart(asks()), { type: 'multipart/form-data; boundary="MIME_boundary"' }],
    [
      'quoted charset',
      () =>
        multipart(asks(), {
          part: 'Content-Disposition: form-data; name="AccessControllerEvent"\r\nContent-Type: application/json; charset="UTF-8"',
        }),
      MULTIPART,
    ],
    ['part without a name', () => multipart(asks(), { part: 'Content-Type: application/json' }), MULTIPART],
    ['no end boundary', () => multipart(asks(), { end: '' }), MULTIPART],
    ['no boundary in the header', () => multipart(asks()), { type: 'multipart/form-data' }],
    ['XML', () => xml(event({ remoteCheck: true })), { type: 'application/xml' }],
    [
      'XML with prefixes',
      () => xml(event({ remoteCheck: true }), 'hik:'),
      { type: 'application/xml; charset="UTF-8"' },
    ],
    [
      'XML in multipart',
      () => multipart(xml(event({ remoteCheck: true })), { part: 'Content-Type: application/xml' }),
      MULTIPART,
    ],
    ['a wrong type', () => asks(), { type: 'image/jpeg/' }],
  ];
  for (const [what, body, options] of bodies) {
    sink.puts.length = 0;
    const answer = await post(body(), options);
    t.equal(answer.body, success(serial), what);
    t.equal(answer.headers['content-length'], String(answer.body.length));
    t.equal(answer.headers['transfer-encoding'], undefined);
    t.match(swipes(), [{ readerId: 'lobby-in', cardId: 'uid-04a1b2c3' }], what);
    t.equal(swipes()[0]?.['offlineOutcome'], undefined);
  }
  given.decision = { outcome: 'denied', reason: 'denied-credential-expired' };
  t.equal((await post(asks())).body, failed(serial, 'the card has expired'));
});

t.test('a lying Content-Encoding does no harm', async (t) => {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'deflate' };
  t.equal((await devices.inject({ method: 'POST', url: `/d/${KEY}`, payload: asks(), headers })).body, success(serial));
});

t.test('doors, directions and people', async (t) => {
  await post(asks({ cardReaderNo: 2 }));
  await post(asks({ doorNo: 2, cardReaderNo: 3, cardNo: '', employeeNoString: '1001', subEventType: 75 }));
  await post(xml(event({ doorNo: 2, cardNo: 'A&B', remoteCheck: true })), { type: 'application/xml' });
  await post(asks({ cardNo: '0', employeeNo: 1002, doorNo: 2 }));
  t.match(swipes(), [
    { readerId: 'lobby-out', cardId: '77705923' },
    { readerId: 'shed-in', cardId: 'hik:1001' },
    { readerId: 'shed-in', cardId: 'hik:1002' },
  ]);
  t.equal(swipes().length, 3);
});

t.test('no fault opens a door', async (t) => {
  const shut = async (what: string, payload: string | Buffer, info?: string) => {
    const answer = await post(payload);
    t.equal(answer.statusCode, 200, what);
    t.equal(answer.body, info === undefined ? 'OK' : failed(serial, info), what);
  };
  await shut('unknown door', asks({ doorNo: 9 }), 'not identified');
  await shut('nobody', asks({ cardNo: '0000', employeeNoString: '' }));
  for (const kind of [0x4c, 0x27, 0x09]) {
    await shut(
      'a face, a finger or a user whom the device refused',
      asks({ cardNo: '', employeeNoString: '7', subEventType: kind }),
      'not identified',
    );
  }
  await shut('a card with a wrong code', asks({ subEventType: 3 }), 'not identified');
  t.match(
    swipes().map(({ offlineOutcome }) => offlineOutcome),
    ['denied', 'denied', 'denied', 'denied'],
  );
  sink.puts.length = 0;
  t.equal((await post(asks({ subEventType: 9 }))).body, success(serial), 'a card that only the device does not know');
  sink.puts.length = 0;
  for (const nothing of [
    '',
    '{',
    '<',
    'null',
    '[]',
    '{"eventType":7}',
    '{"AccessControllerEvent":[null]}',
    '\0\0',
    '\r\r',
    '<eventType>',
  ]) {
    await shut(JSON.stringify(nothing), nothing);
  }
  await shut(
    'a huge text',
    `${' '.repeat(10)}${JSON.stringify({ ...event({ remoteCheck: true }), note: 'x'.repeat(70_000) })}`,
  );
  await shut('long ago', asks({}, { dateTime: new Date(Date.now() - 3_600_000).toISOString() }));
  await shut('ahead', asks({}, { dateTime: new Date(Date.now() + 3_600_000).toISOString() }));
  await shut('kept back', asks({ currentEvent: false }));
  const two = Buffer.concat([multipart(asks(), { end: '\r\n' }), multipart(asks())]);
  t.equal((await post(two, MULTIPART)).body, 'OK', 'two people');
  t.same(swipes(), []);
  given.decision = undefined;
  await shut('late', asks(), 'no decision');
  given.decision = { offlineOutcome: 'granted' };
  await shut('the decision on its own report', asks(), 'no decision');
  given.decision = {};
  full();
  await shut('overload', asks(), 'try again');
});

t.test('the question and the report of it are one swipe, whichever comes first', async (t) => {
  const asked = event({ remoteCheck: true });
  const outcome = (serialNo: number, subEventType = 1) =>
    JSON.stringify({
      ...asked,
      AccessControllerEvent: {
        ...asked.AccessControllerEvent,
        serialNo,
        frontSerialNo: serialNo - 1,
        subEventType,
        remoteCheck: false,
        remoteCheckResult: 'success',
      },
    });
  for (const serialNo of [asked.AccessControllerEvent.serialNo, 9_000]) {
    sink.puts.length = 0;
    await post(JSON.stringify(asked));
    await post(outcome(serialNo));
    await post(outcome(serialNo));
    await post(JSON.stringify(asked));
    t.equal(new Set(swipes().map(({ swipeId }) => swipeId)).size, 1, `record ${serialNo}`);
    t.ok(swipes().every((swipe) => swipe['offlineOutcome'] === undefined));
  }
  full();
  const lost = { cardNo: '77705930', serialNo: 8_000 };
  t.match((await post(asks(lost))).body, failed(8_000, 'try again'));
  sink.answer = decide;
  sink.puts.length = 0;
  await post(text({ ...lost, serialNo: 8_001, subEventType: 6 }));
  t.match(swipes(), [{ offlineOutcome: 'denied' }], 'of a question that was not stored, the report is');
  const next = event({ remoteCheck: true, cardNo: '77705924' });
  const { serialNo } = next.AccessControllerEvent;
  const report = JSON.stringify({
    ...next,
    AccessControllerEvent: { ...next.AccessControllerEvent, remoteCheck: false },
  });
  sink.puts.length = 0;
  await post(report);
  given.decision = { offlineOutcome: 'granted' };
  t.equal(
    (await post(JSON.stringify(next))).body,
    failed(serialNo, 'no decision'),
    'after its report, it opens nothing',
  );
  t.equal(new Set(swipes().map(({ swipeId }) => swipeId)).size, 1);
});

t.test('what the device did against the answer counts as the device did it', async (t) => {
  const report = (details: Record<string, unknown>) => post(text({ cardNo: '11223344', frontSerialNo: 1, ...details }));
  given.decision = { outcome: 'denied', reason: 'denied-credential-expired' };
  const asked = asks({ cardNo: '11223344' });
  await post(asked);
  sink.puts.length = 0;
  await report({ subEventType: 8 });
  t.same(swipes(), [], 'denied, as answered');
  await post(asked);
  const [question] = swipes();
  await report({ serialNo: 77, subEventType: 1 });
  await report({ serialNo: 78, subEventType: 1 });
  t.match(
    swipes().slice(1),
    [{ offlineOutcome: 'granted' }, { offlineOutcome: 'granted' }],
    'it let somebody in alone, twice',
  );
  t.equal(new Set(swipes().map(({ swipeId }) => swipeId)).size, 3);
  t.not(swipes()[1]?.['swipeId'], question?.['swipeId']);
});

t.test('reports are history and door events; what can never be taken does not block them', async (t) => {
  const noon = '2026-06-01T12:00:00+02:00';
  await post(text({}, { dateTime: noon }));
  await post(text({ subEventType: 9, currentEvent: false }, { dateTime: '2026-06-01 12:00:00' }));
  await post(text({ subEventType: 0x4b, cardNo: '', employeeNoString: '5', doorNo: 2 }));
  await post(text({ cardNo: '77705925' }, { dateTime: new Date(Date.now() + 7_200_000).toISOString() }));
  t.match(swipes(), [
    { cardId: 'uid-04a1b2c3', offlineOutcome: 'granted', readAt: '2026-06-01T10:00:00.000Z' },
    { cardId: 'uid-04a1b2c3', offlineOutcome: 'denied', readAt: '2026-06-01T10:00:00.000Z' },
    { cardId: 'hik:5', offlineOutcome: 'granted', readerId: 'shed-in' },
    { offlineOutcome: 'granted' },
  ]);
  t.ok(Date.parse(String(swipes()[3]?.['readAt'])) <= Date.now(), 'a clock ahead counts as now');
  for (const kind of [0x17, 0x1b, 0x1c]) await post(text({ cardNo: '', subEventType: kind, doorNo: 2 }));
  await post(text({ cardNo: '', majorEventType: 1, subEventType: 0x404, doorNo: 0 }));
  await post(text({ cardNo: '', majorEventType: 1, subEventType: 0x405 }));
  await post(text({ cardNo: '', majorEventType: 2, subEventType: 0x405, doorNo: undefined }));
  t.match(events(), [
    { type: 'request-to-exit', readerId: 'shed-in' },
    { type: 'forced-open' },
    { type: 'door-open-too-long' },
    { type: 'tamper', readerId: 'lobby-in' },
    { type: 'mains-lost', readerId: 'lobby-in' },
  ]);
  t.equal(events().length, 5);
  const never = [
    text({ doorNo: 9 }),
    text({ cardNo: 'not\ta\0number', doorNo: 2 }),
    text({ cardNo: '', subEventType: 0x1b, doorNo: 9 }),
  ];
  logged.length = 0;
  for (const body of never) t.match(await post(body), { statusCode: 200, body: 'OK' });
  t.equal(logged.length, never.length);
  t.match(logged[0], /"cardno":"77705923".*"doorno":"9"/, 'the log has the content');
  t.notMatch(logged.join(''), 'N.N.', 'but no name');
  full();
  t.equal((await post(text({ cardNo: '77705926' }))).statusCode, 503, 'sent again');
});

t.test('what is sent again has the same id, and a number that starts again has another', async (t) => {
  const one = text({ serialNo: 3 }, { dateTime: '2026-06-01T12:00:00+02:00' });
  const reset = text({ serialNo: 3 }, { dateTime: '2026-06-02T12:00:00+02:00' });
  for (const body of [one, one, reset]) await post(body);
  const [first, again, other] = swipes().map(({ swipeId }) => swipeId);
  t.equal(first, again);
  t.not(first, other);
});

t.test('a device with remoteCheckWithISAPIListen async is called with the decision', async (t) => {
  const call = terminal.nextCall();
  let isTold = false;
  void call.then(() => {
    isTold = true;
  });
  let release = () => undefined as unknown;
  sink.answer = async (put) => {
    void new Promise((resolve) => {
      release = () => resolve(undefined);
    }).then(() => decide(put));
  };
  const answer = await post(asks(), { path: '/async' });
  t.match([answer.statusCode, answer.body], [200, 'OK'], 'as soon as the swipe is durable');
  t.equal(isTold, false);
  release();
  t.same(await call, { line: 'PUT /ISAPI/AccessControl/remoteCheck?format=json', body: success(serial) });
  sink.answer = decide;
  for (const [decision, info] of [
    [{ outcome: 'denied', reason: 'denied-credential-expired' }, 'the card has expired'],
    [undefined, 'no decision'],
  ] as const) {
    given.decision = decision;
    const next = terminal.nextCall();
    await post(asks(), { path: '/async' });
    t.equal((await next).body, failed(serial, info));
  }
  const shut = terminal.nextCall();
  full();
  await post(asks(), { path: '/async' });
  t.equal((await shut).body, failed(serial, 'try again'), 'not durable');
});

t.test('a device is not called without a login, with a wrong password, or by a file that is wrong', async (t) => {
  const isCalled = async () => {
    const before = terminal.requests;
    await post(asks({ doorNo: 9 }), { path: '/async' });
    return terminal.requests > before;
  };
  t.equal(await isCalled(), true);
  writeLogins([
    { ...login, deviceId: 'other' },
    { ...login, tenantId: 'globex' },
  ]);
  t.equal(await isCalled(), false, 'another device, another tenant');
  writeLogins([{ ...login, password: 'wrong' }]);
  t.equal(await isCalled(), true);
  t.equal(await isCalled(), false, 'a few more, and the device locks its user out');
  writeLogins([login]);
  t.equal(await isCalled(), true, 'a new file');
  writeLogins('[');
  t.equal(await isCalled(), true, 'the logins before it');
  t.match(terminal.seen.at(-1), { body: failed(serial, 'not identified') });
});

t.test('a file of logins says what is wrong, and never a password', async (t) => {
  const networks = networksIn(['192.168.0.0/16', 'fc00::/7']);
  if (networks === undefined) throw new Error('networks');
  const problem = (content: unknown) => {
    writeLogins(content);
    try {
      new DeviceLogins(file, networks);
      return '';
    } catch (error) {
      return String(error);
    }
  };
  t.equal(
    problem([
      { ...login, address: '192.168.1.64' },
      { ...login, deviceId: 'b', address: '[fd00::1]:8080' },
    ]),
    '',
  );
  const wrong: [unknown, RegExp][] = [
    ['[{"password": "secret 1"', /DEVICE_LOGINS=.*logins\.json: the file must be JSON/],
    [{ ...login }, /the file must be/],
    [[{ ...login, password: 7 }], /0\.password must be/],
    [[{ ...login, address: 'door.example.com' }], /address of lobby must be an IP address, such as 192\.168\.1\.64/],
    [[{ ...login, address: '192.168.1.64:99999' }], /must be an IP address/],
    [[{ ...login, address: '169.254.169.254' }], /169\.254\.169\.254, must be in DEVICE_NETWORKS/],
    [[{ ...login, address: '127.0.0.1' }], /must be in DEVICE_NETWORKS/],
  ];
  for (const [content, message] of wrong) {
    t.match(problem(content), message);
    t.notMatch(problem(content), /secret/);
  }
  t.throws(() => new DeviceLogins(join(folder, 'none.json'), networks), /ENOENT/);
  writeLogins([login]);
});

t.test('commands in the words of the device', async (t) => {
  const [host, user, password] = ['127.0.0.1', 'admin', 'secret 1'];
  const run = async (command: DeviceCommandName, door?: number) => {
    terminal.seen.length = 0;
    const result = await carryOut({ command, ...(door !== undefined && { door }) }, device, {
      ...{ host, port: terminal.port, user, password },
    });
    return [result, ...terminal.seen.map(({ line, body }) => `${line} ${body}`)];
  };
  const put = (door: number, cmd: string) =>
    `PUT /ISAPI/AccessControl/RemoteControl/door/${door} <RemoteControlDoor><cmd>${cmd}</cmd></RemoteControlDoor>`;
  const done = { ok: true };
  t.same(await run('open', 2), [done, put(2, 'open')]);
  t.same(await run('hold-open', 1), [done, put(1, 'alwaysOpen')]);
  t.same(await run('lock'), [done, put(1, 'alwaysClose'), put(2, 'alwaysClose')], 'the whole device');
  t.same(await run('normal', 1), [done, put(1, 'close')]);
  const missing = { ok: false, detail: 'The device has no such door any more.' };
  t.same([await run('open', 9), await run('open')], [[missing], [missing]], 'no door, and which of two doors');
  const time = (mode: string, local: string) =>
    `<?xml version="1.0"?>\n<Time><timeMode>${mode}</timeMode><localTime>${local}</localTime><timeZone>CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00</timeZone></Time>`;
  terminal.time = time('manual', '2001-01-01T00:00:00+01:00');
  const [result, read, written = ''] = await run('set-clock');
  t.same([result, read], [done, 'GET /ISAPI/System/time ']);
  const local = /<localTime>(.*)<\/localTime>/.exec(String(written))?.[1] ?? '';
  t.equal(written, `PUT /ISAPI/System/time ${time('manual', local)}`, 'the zone stays');
  t.ok(Math.abs(Date.parse(local) - Date.now()) < 5_000, local);
  terminal.time = time('NTP', '2001-01-01T00:00:00+01:00');
  t.match(await run('set-clock'), [{ ok: false, detail: /by NTP; correct the NTP server/ }, 'GET /ISAPI/System/time ']);
  terminal.time = '';
  t.match(await run('set-clock'), [{ ok: false, detail: /does not tell its time/ }]);
  terminal.status = 503;
  t.match(await run('open', 1), [{ ok: false, detail: 'The command failed: the device answered 503: deviceBusy.' }]);
  const silent = await carryOut({ command: 'open', door: 1 }, device, { host, port: 1, user, password });
  t.match(silent, { ok: false, detail: /ECONNREFUSED/ });
});

t.test('a local time has the offset of its zone', async (t) => {
  const ms = Date.parse('2026-07-01T12:00:00Z');
  t.equal(localTimeAt(ms, 'Europe/Berlin'), '2026-07-01T14:00:00+02:00');
  t.equal(localTimeAt(ms, 'America/St_Johns'), '2026-07-01T09:30:00-02:30');
  t.equal(localTimeAt(ms, 'UTC'), '2026-07-01T12:00:00+00:00');
  const anyTime = fc.integer({ min: 0, max: 4_000_000_000 });
  const anyZone = fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Apia', 'UTC');
  fc.assert(fc.property(anyTime, anyZone, (s, zone) => Date.parse(localTimeAt(s * 1_000, zone)) === s * 1_000));
});

t.test('a device that is heard is called with its commands', async (t) => {
  const heard = () => post('{"eventType":"heartBeat"}', { key: YARD });
  const settled = async (command: DeviceCommandRow) => {
    while (command.state === 'waiting' || command.state === 'sent') await looked();
    return command;
  };
  const [first, other] = [
    waitingCommand({ deviceId: 'yard', door: 1 }),
    waitingCommand({ deviceId: 'yard', tenantId: 'globex' }),
  ];
  commands.push(first, other);
  await looked();
  t.equal(first.state, 'waiting', 'not heard yet');
  await heard();
  t.match(await settled(first), { state: 'failed', detail: /DEVICE_LOGINS of the gateway has no entry/ });
  writeLogins([login, { ...login, deviceId: 'yard' }]);
  const next = waitingCommand({ deviceId: 'yard', door: 2 });
  commands.push(next);
  t.match(await settled(next), { state: 'done' }, 'without another request');
  t.match(terminal.seen, [{ line: 'PUT /ISAPI/AccessControl/RemoteControl/door/2' }]);
  t.equal(other.state, 'waiting', 'that of another tenant waits');
});

t.test('a device of another make, and a key that is not known, are refused', async (t) => {
  t.equal((await post(asks(), { key: testKey('made_up') })).statusCode, 401);
  t.not((await post(asks(), { key: STRANGE })).body, success(serial));
  t.same(terminal.seen, []);
});

t.test('two megabytes are read, and no more', async (t) => {
  const fitting = multipart(asks(), { pictureBytes: 2 * 1_024 * 1_024 - 2_000 });
  t.equal((await post(fitting, MULTIPART)).body, success(serial));
  const large = multipart(asks(), { pictureBytes: 2 * 1_024 * 1_024 });
  t.match((await post(large, MULTIPART)).json(), { code: 'body-too-large' });
});
