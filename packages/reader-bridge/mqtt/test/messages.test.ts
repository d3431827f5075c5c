import fc from 'fast-check';
import t from 'tap';
import { espRfidMessage, espRfidOpen } from '../esp-rfid.js';
import { type Mapping, mappedMessage, matches } from '../mapping.js';

const json = (value: unknown) => JSON.stringify(value);

t.test('messages of esp-rfid', async (t) => {
  const access = {
    type: 'access',
    time: 1605991375,
    isKnown: 'true',
    access: 'Always',
    username: 'Ann',
    uid: 'a1b2c3d4',
  };
  const card = { kind: 'card', door: 'door1', card: 'a1b2c3d4', direction: 'in', mark: '1605991375' };
  t.same(espRfidMessage(json({ ...access, hostname: 'door1' })), { ...card, outcome: 'granted' });
  t.same(espRfidMessage(json({ ...access, hostname: 'door1', access: 'Admin' })), { ...card, outcome: 'granted' });
  for (const state of ['Denied', 'Disabled', 'Expired', undefined, 1]) {
    t.match(espRfidMessage(json({ ...access, access: state })), { outcome: 'denied', door: undefined }, String(state));
  }
  t.match(espRfidMessage(json({ ...access, time: 12 })), { mark: undefined }, 'the clock is not set yet');
  t.equal(espRfidMessage(json({ ...access, username: 'MQTT', uid: ' ' })), undefined, 'its own answer to a command');
  const alive = { type: 'heartbeat', time: 1605991375, uptime: 999, ip: '192.168.1.10', hostname: 'door1' };
  t.same(espRfidMessage(json(alive)), { kind: 'alive', door: 'door1', address: '192.168.1.10' });
  const event = { type: 'WARN', src: 'tamper', desc: 'Door was tampered!', data: '', time: 1605991375, cmd: 'event' };
  t.match(espRfidMessage(json(event)), { kind: 'door-event', type: 'tamper' });
  const held = { ...event, desc: "Door wasn't closed within max open time!" };
  t.match(espRfidMessage(json(held)), { kind: 'door-event', type: 'door-open-too-long' });
  t.match(espRfidMessage(json({ ...event, type: 'INFO', src: 'door', desc: 'Door Open' })), { type: 'door-opened' });
  for (const text of ['', '[]', 'null', '{', '"a"', '{"type":"access"}', '{"type":"getuserlist"}']) {
    t.equal(espRfidMessage(text), undefined, text);
  }
  t.same(JSON.parse(espRfidOpen('192.168.1.10')), { cmd: 'opendoor', doorip: '192.168.1.10' });
});

t.test('messages of other readers, by a mapping', async (t) => {
  const read = (mapping: Mapping, text: string, topic = 'doors/lab/card') =>
    mappedMessage(mapping, 'doors/+/card', topic, text);
  t.match(read({}, '04A1B2C3'), {
    card: '04A1B2C3',
    door: 'lab',
    direction: 'in',
    outcome: undefined,
    mark: undefined,
  });
  t.equal(read({}, '  '), undefined);
  const mapping = { card: 'tag.uid', door: 'door', direction: 'way', id: 'n', outcome: 'state', granted: ['ok', '1'] };
  const message = { tag: { uid: 77706947 }, door: 2, way: 'OUT', n: 'x1', state: 1 };
  t.same(read(mapping, json(message)), {
    ...{ kind: 'card', card: '77706947', door: '2', direction: 'out', mark: 'x1', outcome: 'granted' },
  });
  t.match(read(mapping, json({ ...message, state: 'no' })), { outcome: 'denied' });
  t.match(read(mapping, json({ tag: { uid: 1 } })), { door: undefined, outcome: 'denied', direction: 'in' });
  for (const text of ['{', '7', '{"tag":"a"}', '{"tag":{"uid":{}}}', '{"__proto__":{"tag":{"uid":1}}}']) {
    t.equal(read(mapping, text), undefined, text);
  }
  t.equal(read({ card: 'uid' }, json({ uid: 'x'.repeat(129) })), undefined);
});

t.test('no text breaks a reader of messages', async () => {
  const text = fc.oneof(fc.string(), fc.json());
  fc.assert(
    fc.property(text, (message) => {
      espRfidMessage(message);
      mappedMessage({ card: 'a.b', outcome: 'c' }, '#', 'a/b', message);
      return true;
    }),
  );
});

t.test('topics of a filter', async (t) => {
  const table: [filter: string, topic: string, matches: boolean][] = [
    ['a/b', 'a/b', true],
    ['a/+', 'a/b', true],
    ['a/+', 'a', false],
    ['a/+', 'a/b/c', false],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a', true],
    ['#', 'a/b', true],
    ['#', '$SYS/uptime', false],
    ['+/+', '/a', true],
    ['/rfid', '/rfid/send', false],
    ['a', 'b', false],
  ];
  for (const [filter, topic, expected] of table) t.equal(matches(filter, topic), expected, `${filter} ${topic}`);
});
