import { type ApiKey, type DeviceCommandName, type DeviceOfKey, hashDeviceSerial } from '@swipegate/contract';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import t from 'tap';
import { startDevicePort } from '../../../test/device-port.js';
import { decisionFor, KEY, looked, testApp, waitingCommand } from '../../../test/test-app.js';
import { replayTranscript } from '../../../test/transcript.js';
import { countOfWallTime, wallTimeOfCount } from '../clock.js';
import { linesOf, numberOf } from '../commands.js';
import { alarmsSince, meaningOf } from '../events.js';
import { fieldsIn, linesIn } from '../records.js';

const SERIAL = 'CKJB190260001';
const CONTROLLER = '3383154200002';
const terminal: DeviceOfKey = {
  deviceId: 'lobby-terminal',
  make: 'zkteco',
  timeZone: 'Europe/Berlin',
  doors: [{ door: 1, in: 'lobby-in', out: 'lobby-out' }],
};
const controller: DeviceOfKey = {
  deviceId: 'garage-panel',
  make: 'zkteco',
  timeZone: 'Asia/Kolkata',
  doors: [
    { door: 1, in: 'garage-in' },
    { door: 2, in: 'roof-in', out: 'roof-out' },
  ],
};

function rowOf(tenantId: string, serial: string, device: DeviceOfKey, more: Partial<ApiKey> = {}): ApiKey {
  return {
    keyHash: hashDeviceSerial(tenantId, 'zkteco', serial),
    keyId: device.deviceId,
    tenantId,
    readerIds: device.doors.flatMap((door) => [door.in ?? [], door.out ?? []].flat()),
    device,
    ...more,
  };
}

const keys = [
  rowOf('acme', SERIAL, terminal),
  rowOf('acme', CONTROLLER, controller, {
    cardFormats: { 'garage-in': 'uid-decimal', 'roof-in': 'uid-decimal' },
    cardNumbers: 'full',
  }),
  rowOf('acme', 'ELSEWHERE', { ...terminal, deviceId: 'far', networks: ['10.9.0.0/16'] }),
  rowOf('acme', 'QUIET1', { ...terminal, deviceId: 'quiet' }),
  ...[1, 2, 3, 4, 5].map((n) => rowOf('acme', `TOLD${n}`, { ...terminal, deviceId: `told${n}`, timeZone: 'UTC' })),
  rowOf('globex', 'GLOBEX1', terminal),
];
const lines: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
const { sink, hub, metrics, devices, given, decide, records, contacts, commands } = await startDevicePort(
  t,
  { ACK_TIMEOUT_MS: '500', DEVICE_TENANT: 'acme', MAX_WAIT_MS: '200' },
  { keys, logger },
);
t.beforeEach(() => {
  lines.length = 0;
});

const get = (url: string) => devices.inject({ url });
const post = (url: string, payload: string | Buffer = '', more: Omit<InjectOptions, 'url'> = {}) =>
  devices.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/push' }, ...more });
const attlog = `/iclock/cdata?SN=${SERIAL}&table=ATTLOG&Stamp=9999`;
const rtlog = `/iclock/cdata?SN=${CONTROLLER}&table=rtlog`;
const question = `/iclock/cdata?SN=${CONTROLLER}&AuthType=device`;
const transactions = (count: number) =>
  `/iclock/cdata?SN=${CONTROLLER}&table=tabledata&tablename=transaction&count=${count}`;

t.test('devices get the bytes that their protocol wants', async (t) => {
  await replayTranscript(t, 'devices/zkteco/test/att.http', { devices, given });
  await replayTranscript(t, 'devices/zkteco/test/acc.http', { devices, given });
});

t.test('a time clock reports whom it let in', async (t) => {
  const log = await post(
    attlog,
    '1001\t2026-02-21 08:15:30\t0\t4\t0\t0\t0\n1001\t2026-02-21 17:00:01\t1\t15\t0\t0\t0\n7\t2026-02-21 12:00:00\t255\t1\n',
  );
  t.match(log, { statusCode: 200, body: 'OK: 3' });
  const granted = { tenantId: 'acme', offlineOutcome: 'granted' };
  t.match(records(), [
    { ...granted, cardId: 'zk:1001', readerId: 'lobby-in', direction: 'in', readAt: '2026-02-21T07:15:30.000Z' },
    { ...granted, cardId: 'zk:1001', readerId: 'lobby-out', direction: 'out', readAt: '2026-02-21T16:00:01.000Z' },
    { ...granted, cardId: 'zk:7', readerId: 'lobby-in', direction: undefined },
  ]);
  const ids = records().map(({ swipeId }) => swipeId);
  sink.puts.length = 0;
  await post(attlog, '1001\t2026-02-21 08:15:30\t0\t4\r\n7\t2026-02-21 12:00:00\t255\t1\r\n');
  t.same(
    records().map(({ swipeId }) => swipeId),
    [ids[0], ids[2]],
    'what comes again is the same swipe',
  );
});

t.test('users, pictures and unknown tables are acknowledged unread, whatever their size', async (t) => {
  const oper = 'OPLOG 4\t0\t2026-02-21 08:00:00\t0\t0\t0\t0\nUSER PIN=1\tName=A\tB\tCard=123\n';
  t.equal((await post(`/iclock/cdata?SN=${SERIAL}&table=OPERLOG&OpStamp=9999`, oper)).body, 'OK: 2');
  const picture = Buffer.alloc(3 * 1_024 * 1_024);
  t.equal((await post(`/iclock/cdata?SN=${SERIAL}&table=ATTPHOTO&Stamp=9999`, picture)).body, 'OK');
  t.equal((await post(`/iclock/fdata?SN=${SERIAL}&table=ATTPHOTO`, picture)).body, 'OK');
  const users = `/iclock/cdata?SN=${CONTROLLER}&table=tabledata&tablename=user`;
  const user = 'user uid=1\tcardno=123\tpin=1\tname=A\r\nuser uid=2\tcardno=\tpin=2\r\n';
  t.equal((await post(`${users}&count=2`, user)).body, 'user=2');
  t.equal((await post(users, user)).body, 'user=2', 'the lines count if the device does not say');
  t.equal((await post(`/iclock/cdata?SN=${SERIAL}&table=options`, '~DeviceName=K40,MAC=..')).statusCode, 200);
  t.same(records(), []);
});

t.test('an access controller carries out commands, and tells the results', async (t) => {
  const poll = () => get(`/iclock/getrequest?SN=${CONTROLLER}`);
  t.equal((await poll()).body, 'OK');
  const at = (command: DeviceCommandName, door?: number) =>
    waitingCommand({ deviceId: 'garage-panel', command, ...(door === undefined ? {} : { door }) });
  const [open, normal, clock] = [at('open', 2), at('normal', 1), at('set-clock')];
  const late = waitingCommand({ deviceId: 'garage-panel', expiresAt: new Date(Date.now() - 1).toISOString() });
  commands.push(open, normal, late);
  await looked();
  t.equal(
    (await poll()).body,
    [
      `C:${numberOf(open)}:CONTROL DEVICE 01020105`,
      'C:1000000000:CONTROL DEVICE 06010000',
      `C:${numberOf(normal)}:CONTROL DEVICE 01010100`,
    ].join('\n'),
  );
  t.match(late, { state: 'expired', waiting: undefined }, 'no door opens late');
  const results = [
    `ID=${numberOf(open)}&Return=0&CMD=CONTROL DEVICE`,
    'ID=1000000000&Return=-1002&CMD=CONTROL DEVICE',
    `ID=${numberOf(normal)}&Return=-13&CMD=CONTROL DEVICE`,
  ];
  t.equal((await post(`/iclock/devicecmd?SN=${CONTROLLER}`, results.join('\n'))).body, 'OK');
  t.match(open, { state: 'done' });
  t.match(normal, { state: 'failed', detail: 'The device answers -13.' });
  const locked = at('normal', 1);
  commands.push(locked);
  await looked();
  await poll();
  await post(`/iclock/devicecmd?SN=${CONTROLLER}`, 'ID=1000000000&Return=-5&CMD=CONTROL DEVICE');
  t.match(locked, { state: 'failed', detail: 'The device answers -5 to the end of a lock.' }, 'it may still be locked');
  await post(`/iclock/devicecmd?SN=${CONTROLLER}`, `ID=${numberOf(locked)}&Return=0&CMD=CONTROL DEVICE`);
  t.match(locked, { state: 'failed' });
  await post(`/iclock/cdata?SN=${CONTROLLER}&table=OPERLOG&OpStamp=9999`, '');
  commands.push(clock);
  await looked();
  t.match((await poll()).body, /^C:\d+:SET OPTIONS DateTime=\d{9}$/);
  t.equal((await poll()).body, 'OK', 'nobody gets a command twice');
});

t.test('a time clock opens its door, and can do no more', async (t) => {
  const [open, lock] = [
    waitingCommand({ deviceId: 'lobby-terminal' }),
    waitingCommand({ deviceId: 'lobby-terminal', command: 'lock' }),
  ];
  await post(attlog, '1001\t2026-02-21 08:15:30\t0\t4\n');
  commands.push(open, lock);
  await looked();
  t.equal((await get(`/iclock/getrequest?SN=${SERIAL}`)).body, `C:${numberOf(open)}:AC_UNLOCK`);
  t.match(lock, { state: 'failed', detail: 'A time clock can only open its door, and set its clock.' });
});

t.test('commands in the words of an access controller', async (t) => {
  const line = (command: DeviceCommandName, timeZone = 'UTC', nowMs = 0) =>
    linesOf(waitingCommand({ command, door: 26 }), { timeZone, isClock: false, nowMs })?.map((text) =>
      text.replace(/^C:\d+:/, ''),
    );
  t.same(line('open'), ['CONTROL DEVICE 011A0105']);
  t.same(line('hold-open'), ['CONTROL DEVICE 011A01FF']);
  t.same(line('lock'), ['CONTROL DEVICE 061A0100']);
  const instant = Date.parse('2018-02-22T06:54:54Z');
  t.same(line('set-clock', 'Asia/Shanghai', instant), ['SET OPTIONS DateTime=583080894'], 'local time');
  fc.assert(
    fc.property(fc.uuid(), (commandId) => {
      const number = numberOf({ commandId });
      return number >= 1 && number < 1_000_000_000;
    }),
  );
});

t.test('a device is heard at most once a minute, and its polls have nothing to do', async (t) => {
  const polls: [method: 'GET' | 'POST', path: string][] = [
    ['GET', 'getrequest'],
    ['GET', 'getrequest.aspx'],
    ['GET', 'ping'],
    ['POST', 'devicecmd'],
    ['POST', 'querydata'],
  ];
  for (const [method, path] of polls) {
    const answer = await devices.inject({
      method,
      url: `/iclock/${path}?SN=QUIET1&INFO=Ver%208.0.4.2,2,3,4,192.0.2.1`,
      ...(method === 'POST' && { payload: 'ID=1&Return=0&CMD=DATA UPDATE\nID=2&Return=-1&CMD=SHELL' }),
    });
    t.match(answer, { statusCode: 200, body: 'OK', headers: { 'content-length': '2' } }, path);
  }
  t.match(
    sink.puts.map(({ record }) => record),
    [
      { kind: 'door-event', type: 'heartbeat', readerId: 'lobby-in' },
      { kind: 'door-event', type: 'heartbeat', readerId: 'lobby-out' },
      { kind: 'device-contact', tenantId: 'acme', deviceId: 'quiet', address: '127.0.0.1', firmware: undefined },
      { kind: 'device-contact', deviceId: 'quiet', firmware: 'Ver 8.0.4.2' },
    ],
  );
  t.equal(sink.puts.length, 4);
  sink.puts.length = 0;
  await get('/iclock/getrequest?SN=QUIET1&INFO=Ver%209,2,3,4,192.0.2.1');
  t.same(sink.puts, [], 'a device that changes at each request does not fill the stream');
});

t.test('a device tells its model, its firmware and its clock', async (t) => {
  const about =
    'DeviceType=att,~DeviceName=K40\u0007/ID,MAC=00:17:61:00:00:00,FirmVer=Ver 8.0.4.2-20191106,~PIN2Width=9';
  await post('/iclock/cdata?SN=TOLD1&table=options', about);
  t.match(contacts().at(-1), { model: 'K40 /ID', firmware: 'Ver 8.0.4.2-20191106', clockOffsetMs: undefined });
  await post('/iclock/registry?SN=TOLD2', 'DeviceType=acc,~DeviceName=F20/M,FirmVer=Ver 8.0.1.3,LockCount=1');
  t.match(contacts().at(-1), { deviceId: 'told2', model: 'F20/M', firmware: 'Ver 8.0.1.3' });
  const wall = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 19).replace('T', ' ');
  await post('/iclock/cdata?SN=TOLD3&table=rtstate', `time=${wall(-3_600_000)}\tsensor=00\trelay=00\talarm=00`);
  const { clockOffsetMs } = contacts().at(-1) ?? {};
  t.ok(Math.abs(Number(clockOffsetMs) + 3_600_000) < 5_000, 'a state is of now, so a clock may be behind');
  await post('/iclock/cdata?SN=TOLD4&table=ATTLOG', `7\t${wall(-3_600_000)}\t0\t1\n`);
  t.match(contacts().at(-1), { deviceId: 'told4', clockOffsetMs: undefined }, 'a record of the past may be history');
  await post('/iclock/cdata?SN=TOLD5&table=ATTLOG', `7\t${wall(-90_000_000)}\t0\t1\n8\t${wall(7_200_000)}\t0\t1\n`);
  t.ok(Math.abs(Number(contacts().at(-1)?.['clockOffsetMs']) - 7_200_000) < 5_000, 'a clock ahead shows at once');
});

t.test('an access controller gets the time', async (t) => {
  const before = countOfWallTime(Date.now());
  const [, count, zone] =
    /^DateTime=(\d+),ServerTZ=(.+)$/.exec((await get(`/iclock/rtdata?SN=${CONTROLLER}&type=time`)).body) ?? [];
  t.ok(Number(count) >= before && Number(count) <= before + 60);
  t.equal(zone, '+0530');
});

t.test('what a controller decided by itself is history, and what happened at a door is an event', async (t) => {
  const at = 'time=2026-01-10 11:49:32';
  const body = [
    `${at}\tpin=0\tcardno=77705923\teventaddr=1\tevent=27\tinoutstatus=0\tverifytype=4\tindex=21`,
    `${at}\tpin=12\tcardno=0\teventaddr=2\tevent=0\tinoutstatus=1\tverifytype=1\tindex=22`,
    `${at}\tpin=12\tcardno=77705923\teventaddr=2\tevent=103\tinoutstatus=0\tverifytype=1\tindex=23`,
    `${at}\tpin=0\tcardno=0\teventaddr=1\tevent=34\tinoutstatus=0\tverifytype=1\tindex=24`,
    `${at}\tpin=0\tcardno=0\teventaddr=1\tevent=102\tinoutstatus=2\tverifytype=200\tindex=25`,
    `${at}\tpin=0\tcardno=0\teventaddr=2\tevent=202\tinoutstatus=2\tverifytype=200\tindex=26`,
    `${at}\tpin=0\tcardno=0\teventaddr=0\tevent=206\tinoutstatus=2\tverifytype=200\tindex=27`,
  ];
  const answer = await post(rtlog, body.join('\r\n'));
  t.match(answer, { statusCode: 200, body: 'OK' });
  t.match(records(), [
    {
      readerId: 'garage-in',
      cardId: 'uid-04a1b2c3',
      cardNumber: '77705923',
      offlineOutcome: 'denied',
      direction: 'in',
      readAt: '2026-01-10T06:19:32.000Z',
    },
    { readerId: 'roof-out', cardId: 'zk:12', cardNumber: undefined, offlineOutcome: 'granted', direction: 'out' },
    { readerId: 'roof-in', cardId: 'uid-04a1b2c3', offlineOutcome: 'granted', duress: true },
    { kind: 'door-event', type: 'forced-open', readerId: 'garage-in', occurredAt: '2026-01-10T06:19:32.000Z' },
    { kind: 'door-event', type: 'request-to-exit', readerId: 'roof-in' },
  ]);
  t.equal(records().length, 5);
});

t.test('a buffered transaction is the swipe that rtlog told', async (t) => {
  const time = countOfWallTime(Date.parse('2026-01-10T11:49:32Z'));
  await post(rtlog, 'time=2026-01-10 11:49:32\tpin=5\tcardno=77705923\teventaddr=1\tevent=0\tinoutstatus=0\tindex=92');
  const line = `transaction cardno=77705923\tpin=5\tverified=4\tdoorid=1\teventtype=0\tinoutstate=0\ttime_second=${time}\tindex=92\tsitecode=0\tdevid=1`;
  t.equal((await post(transactions(1), `${line}\r\n`)).body, 'transaction=1');
  const [told, buffered] = records();
  t.ok(told);
  t.same(buffered?.['swipeId'], told?.['swipeId']);
  t.same(buffered?.['cardId'], told?.['cardId']);
});

t.test('the answer to a question opens the door that asked, if the rules grant', async (t) => {
  const line =
    'time=2026-11-30 11:49:32\tpin=0\tcardno=77705923\taddrtype=3\teventaddr=2\tevent=0\tinoutstatus=0\tverifytype=4';
  const granted = await post(question, `${line}\r\n`);
  t.equal(granted.body, `AUTH=SUCCESS\r\n${line}\r\nCONTROL DEVICE 01020105`);
  t.match(granted.headers, { 'content-length': `${granted.body.length}` });
  t.match(records(), [{ readerId: 'roof-in', cardId: 'uid-04a1b2c3', offlineOutcome: undefined, direction: 'in' }]);
  t.type(records()[0]?.['answerBy'], 'number');
  given.decision = { outcome: 'denied', reason: 'denied-zone-no-access-rights' };
  t.equal((await post(question, line)).body, `AUTH=FAILED\r\n${line}`);
  given.decision = { outcome: 'recorded' };
  t.equal((await post(question, line)).body, `AUTH=FAILED\r\n${line}`);
  given.decision = undefined;
  t.equal((await post(question, line)).body, `AUTH=TIMEOUT\r\n${line}`);
  given.decision = { readerId: 'garage-in' };
  t.equal((await post(question, line)).body, `AUTH=TIMEOUT\r\n${line}`, 'another reader’s decision');
  given.decision = { decidedAt: new Date(Date.now() - 600_000).toISOString() };
  t.equal((await post(question, line)).body, `AUTH=TIMEOUT\r\n${line}`, 'a grant of a clock that stands still');
  given.decision = {};
  t.match(
    (await post(question, line.replace('cardno=77705923', 'cardno=0').replace('pin=0', 'pin=9'))).body,
    /SUCCESS/,
  );
  t.equal(records().at(-1)?.['cardId'], 'zk:9', 'a finger: no card format applies to a user number');
});

t.test('no fault opens a door', async (t) => {
  const line = 'time=2026-11-30 11:49:32\tpin=0\tcardno=5\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=4';
  const faults = [
    '',
    'cardno=5',
    line.replace('eventaddr=1', 'eventaddr=9'),
    line.replace('cardno=5', 'cardno=0'),
    line.replace('cardno=5', 'cardno=').replace('pin=0', 'pin=a b'),
    `\0${line.slice(4)}`,
  ];
  for (const fault of faults) t.equal((await post(question, fault)).body, `AUTH=FAILED\r\n${fault}`, fault);
  sink.answer = () => Promise.reject(Object.assign(new Error('full'), { code: 'BUFFER_FULL' }));
  t.equal((await post(question, line)).body, `AUTH=TIMEOUT\r\n${line}`);
  sink.answer = ({ record }) => {
    hub.publish(decisionFor(record));
    return new Promise(() => undefined);
  };
  t.equal((await post(question, line)).body, `AUTH=TIMEOUT\r\n${line}`, 'granted, but not durable');
});

t.test('a question and what the device logs of it are one swipe, in either order', async (t) => {
  const line = 'time=2026-11-30 11:49:32\tpin=0\tcardno=77705923\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=4';
  await post(question, line);
  const [asked] = records();
  for (const event of [222, 44]) {
    const log = line.replace('event=0', `event=${event}`).replace('11:49:32', '11:49:33');
    t.equal((await post(rtlog, `${log}\tindex=7`)).body, 'OK');
    t.equal((await post(transactions(1), `transaction ${log}\tindex=7`)).body, 'transaction=1');
  }
  t.equal(records().length, 1, 'the gateway’s own answer is on record');
  const timedOut = `${line.replace('event=0', 'event=45').replace('pin=0', 'pin=5')}\tindex=8`;
  await post(rtlog, timedOut);
  await post(rtlog, `${line.replace('pin=0', 'pin=5')}\tindex=8`);
  t.match(records().slice(1), [
    { swipeId: asked?.['swipeId'], cardId: 'uid-04a1b2c3', offlineOutcome: 'denied' },
    { swipeId: asked?.['swipeId'], offlineOutcome: 'granted' },
  ]);
  sink.puts.length = 0;
  given.decision = { outcome: 'recorded' };
  await post(rtlog, timedOut);
  t.match((await post(question, line)).body, /^AUTH=FAILED/, 'what the log told first is no grant');
  t.equal(new Set(records().map(({ swipeId }) => swipeId)).size, 1);
});

t.test('a state tells of an alarm once, when it begins', async (t) => {
  const state = (alarm: string, second = 40) =>
    post(
      `/iclock/cdata?SN=${CONTROLLER}&table=rtstate`,
      `time=2026-01-10 15:42:${second}\tsensor=00\trelay=00\talarm=${alarm}`,
    );
  sink.answer = () => Promise.reject(new Error('down'));
  t.equal((await state('0210000000000000')).statusCode, 503);
  sink.answer = decide;
  sink.puts.length = 0;
  t.match(await state('0210000000000000'), { statusCode: 200, body: 'OK' });
  await state('0210000000000000', 41);
  await state('0310000000000000', 42);
  await state('0000000000000000', 43);
  await state('0110000000000000', 44);
  t.match(records(), [
    { type: 'tamper', readerId: 'garage-in', occurredAt: '2026-01-10T10:12:40.000Z' },
    { type: 'door-open-too-long', readerId: 'roof-in' },
    { type: 'forced-open', readerId: 'garage-in', occurredAt: '2026-01-10T10:12:42.000Z' },
    { type: 'forced-open', readerId: 'garage-in', occurredAt: '2026-01-10T10:12:44.000Z' },
    { type: 'door-open-too-long', readerId: 'roof-in' },
  ]);
  const [tamper] = records();
  sink.puts.length = 0;
  await post(rtlog, 'time=2026-01-10 15:42:40\tpin=0\tcardno=0\teventaddr=1\tevent=100\tinoutstatus=2\tindex=3');
  t.equal(records()[0]?.['eventId'], tamper?.['eventId'], 'rtlog tells of the same alarm');
});

t.test('what can never be taken is logged, and blocks nothing', async (t) => {
  const bad = [
    'no record at all',
    '1001\tyesterday\t0\t4',
    '\t2026-02-21 08:15:30\t0',
    '10 01\t2026-02-21 08:15:30\t0\t4',
    '1\0\t2026-02-21 08:15:30\t0\t4',
  ];
  const good = '1002\t2026-02-21 08:15:30\t0\t4';
  t.equal((await post(attlog, [...bad, good].join('\r'))).body, 'OK: 6', 'a carriage return alone ends a line');
  t.match(records(), [{ cardId: 'zk:1002' }]);
  t.equal(records().length, 1);
  t.equal(lines.filter((line) => line.includes('can never be taken')).length, bad.length);
  t.ok(lines.some((line) => line.includes('no record at all')));
  sink.puts.length = 0;
  const elsewhere = 'time=2026-01-10 11:49:32\tpin=7\tcardno=0\teventaddr=9\tevent=0\tinoutstatus=0\tindex=1';
  t.equal((await post(rtlog, elsewhere)).body, 'OK');
  t.match([records(), lines.at(-1)], [[], /eventaddr=9/]);
  t.equal(
    (await post(rtlog, elsewhere.replace('eventaddr=9', 'eventaddr=1').replace('event=0', 'event=4001'))).body,
    'OK',
  );
  t.match([records(), lines.at(-1)], [[], /event=4001/], 'an event that nobody knows is no grant');
  const utf16 = Buffer.from(`\ufeff${good}`, 'utf16le');
  t.equal((await post(attlog, utf16)).body, 'OK: 0');
});

t.test('a clock that is ahead counts as now, and is logged', async (t) => {
  const before = Date.now();
  await post(attlog, '1001\t2099-02-21 08:15:30\t0\t4');
  const [record] = records();
  t.ok(Date.parse(String(record?.['readAt'])) >= before);
  t.match(lines, [/"ahead":1.*the clock of a device is ahead/]);
  await post(attlog, '1001\t2099-02-21 08:15:30\t0\t4');
  t.equal(records()[1]?.['swipeId'], record?.['swipeId']);
});

t.test('a device must send again only what may still become durable', async (t) => {
  let count = 0;
  sink.answer = async () => {
    count += 1;
    if (count > 500) throw new Error('down');
  };
  const body = Array.from({ length: 700 }, (_, i) => `${i + 1}\t2026-02-21 08:15:30\t0\t4`).join('\n');
  t.match(await post(attlog, body), {
    statusCode: 503,
    body: 'ERROR: stream-unavailable',
    headers: { 'retry-after': /\d/ },
  });
  const first = records().map(({ swipeId }) => swipeId);
  sink.answer = decide;
  sink.puts.length = 0;
  t.equal((await post(attlog, body)).body, 'OK: 700');
  t.same(
    records()
      .slice(0, 700)
      .map(({ swipeId }) => swipeId)
      .slice(0, first.length),
    first,
  );
});

t.test('bodies may have 2 MiB, and lie about their coding', async (t) => {
  const line = '1\t2026-02-21 08:15:30\t0\t4';
  const padded = (bytes: number) => `${line}${'\t0'.repeat((bytes - line.length - 1) / 2)}\n`;
  const limit = 2 * 1_024 * 1_024;
  t.match(await post(attlog, padded(limit).padEnd(limit, '\n')), { statusCode: 200, body: 'OK: 1' });
  t.match(await post(attlog, padded(limit).padEnd(limit + 1, '\n')), {
    statusCode: 413,
    body: 'ERROR: body-too-large',
  });
  for (const headers of [
    { 'content-encoding': 'deflate', 'content-type': 'text/plain' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'application/json' },
    { 'content-type': 'push' },
  ]) {
    t.equal((await post(attlog, line, { headers })).body, 'OK: 1', JSON.stringify(headers));
  }
});

t.test('an unknown device is refused, counted, and logged once a minute', async (t) => {
  const refused = async () =>
    (await metrics.registry.getSingleMetricAsString('swipegate_devices_refused_total')).split(' ').at(-1);
  const before = Number(await refused());
  const urls = [
    '/iclock/cdata?SN=NOBODY&options=all&pushver=2.4.1',
    '/iclock/getrequest?SN=NOBODY',
    '/iclock/cdata?SN=GLOBEX1&options=all',
    '/iclock/cdata?options=all',
    `/iclock/cdata?SN=${encodeURIComponent('a/../b')}`,
    `/iclock/cdata?SN=${KEY}`,
  ];
  for (const url of urls) t.match(await get(url), { statusCode: 401, body: 'ERROR: unknown device' }, url);
  t.match(await post('/iclock/registry?SN=NOBODY', 'DeviceType=acc'), { statusCode: 406, body: /ERROR/ });
  t.match(await post('/iclock/cdata?SN=NOBODY&table=ATTLOG', '1\t2026-02-21 08:15:30\t0'), { statusCode: 401 });
  t.equal(Number(await refused()) - before, urls.length + 2);
  t.equal(lines.filter((line) => line.includes('"serial":"NOBODY"')).length, 1);
  t.match(
    sink.puts.map(({ partitionKey, record }) => ({ partitionKey, ...record })),
    [
      {
        ...{ partitionKey: 'acme/unpaired-devices', kind: 'refused-device', tenantId: 'acme', make: 'zkteco' },
        ...{ serial: 'NOBODY', address: '127.0.0.1', model: 'time clock', requests: 1 },
      },
      { serial: 'GLOBEX1' },
    ],
  );
  t.equal(sink.puts.length, 2);
  t.notMatch(lines.join(), KEY, 'a key in the place of a serial number is not written down');
  t.match(await get('/iclock/getrequest?SN=ELSEWHERE'), { statusCode: 403, body: 'ERROR: network-not-allowed' });
  const none = await testApp({}, {}, { keys });
  const port = await none.buildDevices();
  t.teardown(() => Promise.all([none.app.close(), port.close()]));
  t.match(await port.inject(`/iclock/getrequest?SN=${SERIAL}`), { statusCode: 401 }, 'no tenant has devices');
});

t.test('a count of seconds is a time on the wall, and back', async (t) => {
  t.equal(wallTimeOfCount(548_003_688), Date.parse('2017-01-19T15:14:48Z'));
  t.equal(wallTimeOfCount(60 * 86_400), undefined, 'no month has a day that does not exist');
  const range = { min: new Date('2000-01-01T00:00:00Z'), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(range), (date) => {
      const wallMs = Math.floor(date.getTime() / 1_000) * 1_000;
      return wallTimeOfCount(countOfWallTime(wallMs)) === wallMs;
    }),
  );
});

t.test('a code of nobody is a door event, and that of a person is a swipe', async (t) => {
  const line = (event: number, pin: number, index: number) =>
    `time=2026-02-21 08:00:0${index}\tpin=${pin}\tcardno=0\teventaddr=1\tevent=${event}\tinoutstatus=0\tindex=${index}`;
  await post(rtlog, [line(30, 0, 1), line(30, 7, 2), line(101, 0, 3), line(101, 7, 4)].join('\r\n'));
  t.match(records(), [
    { cardId: 'zk:7', offlineOutcome: 'denied' },
    { cardId: 'zk:7', offlineOutcome: 'granted', duress: true },
    { type: 'code-tried', readerId: 'garage-in' },
    { type: 'duress-code', readerId: 'garage-in' },
  ]);
});

t.test('events and alarms mean what the protocol’s appendix says', async (t) => {
  t.same([0, 23, 26, 28, 45, 222, 206, 4_000, -1].map(meaningOf), [
    ...['granted', 'denied', 'denied', 'door-open-too-long', 'denied', 'answered', 'none', 'unknown', 'unknown'],
  ]);
  t.same([106, 107, 200, 201].map(meaningOf), ['mains-lost', 'battery-low', 'door-opened', 'door-closed']);
  t.same(alarmsSince('', '0082zz01'), [
    { door: 2, type: 'tamper' },
    { door: 4, type: 'forced-open' },
  ]);
  t.same(alarmsSince('', '6c'), [
    { door: 1, type: 'mains-lost' },
    { door: 1, type: 'battery-low' },
  ]);
  t.same(alarmsSince('ff', 'ff'), []);
});

t.test('no text breaks a record', async () => {
  fc.assert(fc.property(fc.string(), (text) => linesIn(text).every((line) => fieldsIn(line) instanceof Map)));
});
