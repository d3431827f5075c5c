import { type ApiKey, type DeviceCommandName, type DeviceOfKey, hashApiKey } from '@swipegate/contract';
import t from 'tap';
import { startDevicePort } from '../../../test/device-port.js';
import { KEY, looked, testKey, waitingCommand } from '../../../test/test-app.js';
import { replayTranscript } from '../../../test/transcript.js';
import { pushedCallOf } from '../commands.js';
import { doorOfAction } from '../events.js';

const DEVICE_KEY = testKey('id_block');
const ONE_DOOR_KEY = testKey('id_face');
const OTHER_MAKE_KEY = testKey('a_dahua');

const device: DeviceOfKey = {
  deviceId: 'lobby',
  make: 'control-id',
  doors: [
    { door: 1, in: 'lobby-in', action: 'catra=clockwise' },
    { door: 2, out: 'lobby-out', action: 'catra=anticlockwise' },
  ],
  timeZone: 'America/Sao_Paulo',
};
const oneDoor: DeviceOfKey = { ...device, deviceId: 'lab', doors: [{ door: 1, in: 'lab-in' }] };
const keyOf = (key: string, of: DeviceOfKey, rest: Partial<ApiKey> = {}): ApiKey => ({
  keyHash: hashApiKey(key),
  keyId: `key-${of.deviceId}`,
  tenantId: 'acme',
  readerIds: of.doors.flatMap((door) => [door.in, door.out].flatMap((id) => id ?? [])),
  device: of,
  ...rest,
});

const { sink, devices, given, swipes, events, commands } = await startDevicePort(
  t,
  { ACK_TIMEOUT_MS: '300', MAX_WAIT_MS: '400' },
  {
    keys: [
      keyOf(DEVICE_KEY, device, { cardFormats: { 'lobby-in': 'wiegand-26' }, cardNumbers: 'full' }),
      keyOf(ONE_DOOR_KEY, oneDoor),
      keyOf(OTHER_MAKE_KEY, { ...oneDoor, deviceId: 'shed', make: 'zkteco' }),
    ],
  },
);
const FORM = 'application/x-www-form-urlencoded';
async function post(path: string, payload: string | Buffer, type = FORM, key = DEVICE_KEY) {
  return devices.inject({ method: 'POST', url: `/d/${key}/${path}`, payload, headers: { 'content-type': type } });
}

/** 2026-11-30 09:15:00 on the wall in São Paulo, as the device counts it: as if that were UTC. */
const TIME = Date.UTC(2026, 10, 30, 9, 15) / 1_000;
const INSTANT = '2026-11-30T12:15:00.000Z';
const question = (fields: Record<string, string> = {}) =>
  new URLSearchParams({
    ...{ device_id: '935107', card_value: '692000000045763', portal_id: '1', identifier_id: '1', uuid: 'u-1' },
    ...{ time: String(TIME), event: '7', ...fields },
  }).toString();
const dao = (...values: Record<string, string>[]) =>
  JSON.stringify({
    object_changes: values.map(({ object = 'access_logs', type = 'inserted', ...rest }) => ({
      object,
      type,
      values: { id: '519', time: String(TIME), event: '7', user_id: '0', portal_id: '1', card_value: '0', ...rest },
    })),
    device_id: 935107,
  });
const AREA = String(161n * 2n ** 32n + 45763n);

t.test('a device gets the bytes that its protocol wants', async (t) => {
  await replayTranscript(t, 'devices/control-id/test/online.http', { devices, given, replacing: { key: DEVICE_KEY } });
});

t.test('a question is a swipe at the reader of its portal', async (t) => {
  await post('new_card.fcgi', question({ card_value: AREA }));
  t.match(swipes(), [{ tenantId: 'acme', readerId: 'lobby-in', cardId: 'w26-161-45763', readAt: INSTANT }]);
  t.ok(Number(swipes()[0]?.['answerBy']) > 0, 'decide knows when the device gives up');

  await post('new_card.fcgi', question({ portal_id: '2', card_value: '7' }));
  t.match(swipes()[1], { readerId: 'lobby-out' });
});

t.test('a person whom the device identified has a card of the user’s number; a QR code is a card', async (t) => {
  const asked = await post('new_user_identified.fcgi', question({ card_value: '0', user_id: '10', panic: '1' }));
  t.match(asked.json(), { result: { event: 7, user_id: 10 } });
  t.match(swipes(), [{ cardId: 'cid:10', duress: true }], 'no card format reads it');
  await post('new_qrcode.fcgi', question({ qrcode_value: 'visitor-77' }), FORM, ONE_DOOR_KEY);
  await post('api/new_uhf_tag.fcgi', '{"uhf_tag":"E200","portal_id":1}', 'application/json', ONE_DOOR_KEY);
  t.match(swipes().slice(1), [{ cardId: 'visitor-77' }, { cardId: 'E200' }]);
});

t.test('doors, SecBoxes and turnstiles open by their own action', async (t) => {
  const { actionOf } = await import('../events.js');
  t.same(
    [undefined, 'door=2', 'sec_box', 'sec_box=65794', 'catra=both'].map((action) =>
      actionOf({ door: 1, ...(action === undefined ? {} : { action }) }),
    ),
    [
      { action: 'door', parameters: 'door=1' },
      { action: 'door', parameters: 'door=2' },
      { action: 'sec_box', parameters: 'id=65793, reason=1' },
      { action: 'sec_box', parameters: 'id=65794, reason=1' },
      { action: 'catra', parameters: 'allow=both' },
    ],
  );
});

t.test('no fault opens a door, and each is answered as the device expects', async (t) => {
  const shut = async (what: string, path: string, payload: string | Buffer, type?: string) => {
    const answer = await post(path, payload, type);
    t.match(answer, { statusCode: 200 }, what);
    const { result } = answer.json();
    t.ok([3, 6].includes(result.event) && result.actions.length === 0, what);
  };
  // A number typed at the device proves nothing, and images cannot be compared here.
  await shut('user and password', 'new_user_id_and_password.fcgi', question({ card_value: '0', user_id: '10' }));
  await shut('only a user at a card’s path', 'new_card.fcgi', question({ card_value: '0', user_id: '10' }));
  await shut('an image', 'new_biometric_image.fcgi?user_id=10', Buffer.alloc(300_000, 1), 'application/octet-stream');
  await shut('unknown portal', 'new_card.fcgi', question({ portal_id: '9' }));
  await shut('no portal at a device of two', 'new_card.fcgi', question({ portal_id: '0' }));
  await shut('nothing', 'new_card.fcgi', '');
  await shut('NUL', 'new_qrcode.fcgi', question({ qrcode_value: 'a\0b\tc', portal_id: '2' }));
  await shut('half JSON', 'new_card.fcgi', '{"card_value":"1"', 'application/json');
  t.same(swipes(), [], 'nothing was stored');

  given.decision = undefined;
  await shut('no decision in time', 'new_card.fcgi', question({ card_value: '11', portal_id: '2' }));
  given.decision = { outcome: 'recorded' };
  await shut('too late to open', 'new_card.fcgi', question({ card_value: '12', portal_id: '2' }));
  given.decision = { offlineOutcome: 'granted' };
  await shut(
    'the decision on the device’s own record',
    'new_card.fcgi',
    question({ card_value: '13', portal_id: '2' }),
  );
  given.decision = { readerId: 'another' };
  await shut('of another reader', 'new_card.fcgi', question({ card_value: '14', portal_id: '2' }));
  const { answer } = sink;
  sink.answer = () => Promise.reject(Object.assign(new Error('full'), { code: 'BUFFER_FULL' }));
  await shut('overload', 'new_card.fcgi', question({ card_value: '15', portal_id: '2' }));
  sink.answer = () => new Promise(() => undefined);
  await shut('stream silent', 'new_card.fcgi', question({ card_value: '16', portal_id: '2' }));
  sink.answer = answer;
});

t.test('the question and the record of the log are one swipe, in both orders', async (t) => {
  for (const fields of [{ card_value: AREA }, { card_value: '0', user_id: '10' }]) {
    sink.puts.length = 0;
    await post('new_user_identified.fcgi', question(fields));
    await post('dao', dao(fields), 'application/json');
    await post('dao', dao({ ...fields, id: '520' }), 'application/json');
    await post('new_user_identified.fcgi', question({ ...fields, uuid: 'u-2' }));
    t.equal(swipes().length, 4);
    t.equal(new Set(swipes().map(({ swipeId }) => swipeId)).size, 1);
    t.equal(new Set(swipes().map(({ cardId }) => cardId)).size, 1);
  }
  await post('new_card.fcgi', question({ card_value: AREA, time: String(TIME + 1) }));
  t.equal(new Set(swipes().map(({ swipeId }) => swipeId)).size, 2, 'the next second is another');
});

t.test('a question without a time is told apart by its uuid', async (t) => {
  const asked = question({ time: '0', card_value: '21', portal_id: '2' });
  await post('new_card.fcgi', asked);
  await post('new_card.fcgi', asked);
  await post('new_card.fcgi', question({ time: '0', card_value: '21', portal_id: '2', uuid: 'u-9' }));
  const [first, again, next] = swipes().map(({ swipeId }) => swipeId);
  t.equal(first, again);
  t.not(first, next);
});

t.test('the log is history: what the device decided itself, and its buttons and alarms', async (t) => {
  const answer = await post(
    'api/notifications/dao',
    dao(
      { card_value: '31', portal_id: '2' },
      { card_value: '32', portal_id: '2', event: '6' },
      { card_value: '33', portal_id: '2', event: '13' },
      { id: '520', event: '11' },
      { object: 'alarm_logs', id: '9', cause: '7', event: '1', door_id: '1' },
      { object: 'alarm_logs', id: '10', cause: '7', event: '2', door_id: '1' },
      { object: 'alarm_logs', id: '11', cause: '9', event: '1', door_id: '2' },
      { card_value: '34', portal_id: '2', type: 'deleted' },
      { object: 'cards', card_value: '35' },
      { event: '12' },
    ),
    'application/json',
  );
  t.match(answer, { statusCode: 200, body: '{}' });
  t.match(swipes(), [
    { cardId: '31', readerId: 'lobby-out', readAt: INSTANT, offlineOutcome: 'granted' },
    { cardId: '32', offlineOutcome: 'denied' },
    { cardId: '33', offlineOutcome: 'denied' },
  ]);
  t.match(events(), [
    { type: 'request-to-exit', readerId: 'lobby-in', occurredAt: INSTANT },
    { type: 'forced-open', readerId: 'lobby-in' },
    { type: 'tamper', readerId: 'lobby-out' },
  ]);
  const ids = sink.puts.map(({ record }) => record['swipeId'] ?? record['eventId']);
  sink.puts.length = 0;
  await post('dao', dao({ card_value: '31', portal_id: '2' }), 'application/json');
  t.equal(swipes()[0]?.['swipeId'], ids[0], 'sent again, it is the same');
});

t.test('what can never be taken is answered and does not block; what may come is asked for again', async (t) => {
  const mixed = dao(
    { card_value: 'a b', portal_id: '2' },
    { card_value: '1', portal_id: '9' },
    { card_value: '41', portal_id: '2' },
  );
  t.match(await post('dao', mixed, 'application/json'), { statusCode: 200, body: '{}' });
  t.match(swipes(), [{ cardId: '41' }]);
  for (const body of ['', 'null', '{', '{"object_changes":7}', '{"object_changes":[null,{"type":"inserted"}]}']) {
    t.match(await post('dao', body, 'application/json'), { statusCode: 200, body: '{}' }, body);
  }
  const { answer } = sink;
  sink.answer = () => Promise.reject(Object.assign(new Error('full'), { code: 'BUFFER_FULL' }));
  t.equal((await post('dao', mixed, 'application/json')).statusCode, 503);
  sink.answer = answer;
});

t.test('a clock ahead counts as now', async (t) => {
  const ahead = Math.floor(Date.now() / 1_000) + 90 * 86_400;
  await post('dao', dao({ card_value: '51', portal_id: '2', time: String(ahead) }), 'application/json');
  t.ok(Math.abs(Date.parse(String(swipes()[0]?.['readAt'])) - Date.now()) < 60_000);
});

t.test('contacts are heard, and other notifications are taken', async (t) => {
  t.equal((await post('session_is_valid.fcgi', '')).body, '{"session_is_valid":true}');
  for (const [path, payload] of [
    ['device_is_alive.fcgi', 'access_logs=3'],
    ['api/notifications/device_is_alive', '{"access_logs":0}'],
    ['api/notifications/catra_event', '{"event":{"type":7,"name":"TURN LEFT","time":1532977090,"uuid":"0"}}'],
  ] as const) {
    t.match(await post(path, payload), { statusCode: 200, body: '{}' }, path);
  }
  t.same(swipes(), []);
});

t.test('a device carries out commands one by one, and tells the results', async (t) => {
  const poll = () => devices.inject({ url: `/d/${DEVICE_KEY}/push?deviceId=935107&uuid=u-9` });
  t.match(await poll(), { statusCode: 200, body: '' }, 'there are none');
  const [open, lock, other] = [
    waitingCommand({ deviceId: 'lobby', door: 2 }),
    waitingCommand({ deviceId: 'lobby', command: 'lock' }),
    waitingCommand({ deviceId: 'lobby', tenantId: 'globex' }),
  ];
  commands.push(open, lock, other);
  await looked();
  t.same((await poll()).json(), {
    verb: 'POST',
    endpoint: 'execute_actions',
    body: { actions: [{ action: 'catra', parameters: 'allow=anticlockwise' }] },
    contentType: 'application/json',
  });
  const result = (content: object) => post('result?deviceId=935107', JSON.stringify(content), 'application/json');
  t.match(await result({ endpoint: 'execute_actions', response: '{}' }), { statusCode: 200, body: '' });
  t.match(open, { state: 'done' });
  t.match((await poll()).json(), { endpoint: 'set_configuration', body: { general: { exception_mode: 'lock_down' } } });
  await result({ endpoint: 'set_configuration', error: 'invalid field' });
  t.match(lock, { state: 'failed', detail: 'The device answers invalid field.' });
  t.equal((await poll()).body, '');
  t.equal(other.state, 'waiting', 'that of another tenant waits');
  await result({ error: 'for nobody' });
  t.equal(open.state, 'done', 'a result that nobody waits for changes nothing');
});

t.test('a door that stays shut, because another is open, is a failed command', async (t) => {
  const open = waitingCommand({ deviceId: 'lobby' });
  commands.push(open);
  await looked();
  await devices.inject({ url: `/d/${DEVICE_KEY}/push` });
  await post('result', '{"response":"{\\"actions\\":[{\\"status\\":\\"denied\\"}]}"}', 'application/json');
  t.match(open, { state: 'failed', detail: /denied/ });
});

t.test('commands in the words of the device', async (t) => {
  const nowMs = Date.parse('2026-03-01T01:02:03Z');
  const call = (command: DeviceCommandName, door?: number) =>
    pushedCallOf({ command, ...(door === undefined ? {} : { door }) }, device, nowMs);
  t.same(call('set-clock'), {
    endpoint: 'set_system_time',
    body: { day: 28, month: 2, year: 2026, hour: 22, minute: 2, second: 3 },
  });
  t.same(
    (['hold-open', 'lock', 'normal'] as const).map((command) => call(command, 1)?.body),
    ['emergency', 'lock_down', 'none'].map((exception_mode) => ({ general: { exception_mode } })),
  );
  t.equal(call('open', 3), undefined, 'nothing opens for a door that the device has not');
});

t.test('doors that open and shut are door events', async (t) => {
  const tell = (path: string, content: object, key = ONE_DOOR_KEY) =>
    post(`api/notifications/${path}`, JSON.stringify(content), 'application/json', key);
  const opened = { door: { id: 1, open: true }, device_id: 935107, access_event_id: 15, time: TIME };
  await tell('door', opened);
  await tell('door', { door: { id: 1, open: false } });
  await tell('door', opened);
  t.match(events(), [
    { type: 'door-opened', readerId: 'lab-in', occurredAt: INSTANT },
    { type: 'door-closed', readerId: 'lab-in' },
    { type: 'door-opened', eventId: events()[0]?.['eventId'] },
  ]);
  sink.puts.length = 0;
  const unknown = await tell('door', { door: { id: 7, open: true } }, DEVICE_KEY);
  t.equal(unknown.statusCode, 200, 'an unknown door blocks nothing');
  await tell('secbox', { secbox: { id: 65793, open: true } }, DEVICE_KEY);
  t.same(events(), [], 'nor does a box at a turnstile');
  t.equal(doorOfAction('sec_box', { doors: [{ door: 2, action: 'sec_box=65794' }, { door: 1 }] }), 2);
  t.equal(doorOfAction('door=2', { doors: [{ door: 1, action: 'door=2' }] }), 1);
});

t.test('a key that is unknown, of no device or of another make is refused', async (t) => {
  const refused = async (key: string) => (await post('new_card.fcgi', question(), FORM, key)).json();
  t.match(await refused(testKey('nobody')), { code: 'unknown-key' });
  t.match(await refused('short'), { code: 'unknown-key' });
  t.match(await refused(KEY), { code: 'wrong-key-role' });
  t.match(await refused(OTHER_MAKE_KEY), { code: 'wrong-key-role', detail: /zkteco/ });
  const large = await post('dao', Buffer.alloc(2 * 1_024 * 1_024 + 1, 32), 'application/json');
  t.match(large.json(), { status: 413, code: 'body-too-large' });
  t.same(sink.puts, []);
});
