import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { MqttReaders, type ReaderSettings } from '../mqtt/readers.js';
import { GatewayClient } from '../uplink/gateway-client.js';
import { Spool } from '../uplink/spool.js';
import { Uplink } from '../uplink/uplink.js';
import { KEY, startGateway, until } from './gateway.js';

const log = pino({ level: process.env['BRIDGE_LOG'] ?? 'silent' });

/** A broker on loopback, a reader that publishes to it, and what it hears. */
async function startBroker(t: Test) {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const url = `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const reader = await connectAsync(url, { clientId: 'reader' });
  const heard: string[] = [];
  reader.on('message', (topic, payload, { retain }) => heard.push(`${topic} ${payload}${retain ? ' retained' : ''}`));
  await reader.subscribeAsync(['/rfid/cmd', 'doors/+/open'], { qos: 1 });
  t.teardown(async () => {
    await reader.endAsync(true);
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  });
  const publish = (topic: string, message: object, retain = false) =>
    reader.publishAsync(topic, JSON.stringify(message), { qos: 1, retain });
  return { broker, url, heard, publish };
}

interface Options {
  url: string;
  gateway: string;
  directory: string;
  settings: Pick<ReaderSettings, 'make' | 'topic'> & Partial<ReaderSettings>;
}

async function startReaders(t: Test, { url, gateway, directory, settings }: Options) {
  const spool = await Spool.open({ directory, maxBytes: 1_048_576 });
  const uplink = new Uplink({ spool, client: new GatewayClient({ gateway, key: KEY }), log }, { firstPauseMs: 20 });
  uplink.start();
  const readers = MqttReaders.start({
    url,
    options: { clientId: 'bridge', reconnectPeriod: 20 },
    log,
    readers: [
      {
        ...{ deviceId: 'lab', decide: false, patienceMs: 20_000, mapping: {}, answer: undefined },
        doors: [{ in: 'door-in', out: 'door-out' }],
        ...settings,
        uplink,
      },
    ],
  });
  let isOver = false;
  const stop = async () => {
    if (isOver) return;
    isOver = true;
    await readers.stop();
    await uplink.stop(1_000);
  };
  t.teardown(stop);
  return { stop, readers };
}

const access = {
  type: 'access',
  time: 1796000000,
  isKnown: 'true',
  access: 'Always',
  username: 'Ann',
  uid: 'a1b2c3d4',
};
const unknown = { ...access, isKnown: 'false', access: 'Denied', username: 'Unknown', uid: 'ffffffff' };

t.test('esp-rfid: history, door events, and an open door for a card that only Swipegate knows', async (t) => {
  const { gateway, records, given } = await startGateway(t, 'mqtt');
  const { url, heard, publish } = await startBroker(t);
  const settings = { make: 'esp-rfid', topic: '/rfid', decide: true } as const;
  const { readers, stop } = await startReaders(t, { url, gateway, directory: t.testdir(), settings });
  await readers.live();
  await publish('/rfid/send', access);
  await publish('/rfid/send', access);
  await publish('/rfid/send', { type: 'WARN', src: 'tamper', desc: 'Door was tampered!', time: 1796000001 });
  await until(() => records().length >= 3);
  t.match(records()[0], { cardId: 'a1b2c3d4', readerId: 'door-in', offlineOutcome: 'granted' });
  t.equal(records()[0]?.['swipeId'], records()[1]?.['swipeId'], 'sent twice, and one swipe');
  t.match(records()[2], { kind: 'door-event', type: 'tamper' });

  await publish('/rfid/send', { ...unknown, time: 1796000002 });
  await until(() => records().length >= 4);
  t.same(heard, [], 'its address is not known yet');
  await publish('/rfid/send', { type: 'heartbeat', time: 1796000003, uptime: 9, ip: '192.0.2.10' });
  await publish('/rfid/send', { ...unknown, time: 1796000004 });
  await until(() => heard.length >= 1);
  t.same(heard, ['/rfid/cmd {"cmd":"opendoor","doorip":"192.0.2.10"}']);
  given.decision = { outcome: 'denied', reason: 'denied-unknown-credential' };
  await publish('/rfid/send', { ...unknown, time: 1796000005 });
  await publish('/rfid/send', unknown, true);
  await publish('/rfid/send', { ...access, time: 1796000006 });
  await until(() => records().length >= 7);
  await stop();
  t.equal(heard.length, 1);
});

t.test('what the broker kept while the bridge was away is history, and opens no door', async (t) => {
  const { gateway, records } = await startGateway(t, 'mqtt');
  const { broker, url, heard, publish } = await startBroker(t);
  const directory = t.testdir();
  const settings: Options['settings'] = {
    ...{ make: 'mapped', topic: 'doors/+/card', decide: true, mapping: { card: 'uid' } },
    doors: [{ door: 'north', in: 'door-in', out: 'door-out' }],
    answer: { topic: 'doors/{door}/open', granted: 'yes', denied: 'no' },
  };
  const first = await startReaders(t, { url, gateway, directory, settings });
  await first.readers.live();
  await first.stop();
  await publish('doors/north/card', { uid: '1' });
  t.equal(broker.connectedClients, 1);
  const second = await startReaders(t, { url, gateway, directory, settings });
  await second.readers.live();
  await publish('doors/north/card', { uid: '2' });
  await publish('doors/south/card', { uid: '3' });
  await until(() => heard.length >= 1 && records().length >= 2);
  t.same(heard, ['doors/north/open yes']);
  t.match(records(), [{ cardId: '1', offlineOutcome: 'denied' }, { cardId: '2' }]);
  t.equal(records()[1]?.['offlineOutcome'], undefined);
});

t.test('a reader that decides nothing and asks nothing: the rules decide', async (t) => {
  const { gateway, records } = await startGateway(t, 'mqtt');
  const { url, publish } = await startBroker(t);
  const settings = { make: 'mapped', topic: 'leosac/reader', mapping: { card: 'csn' } } as const;
  const { readers } = await startReaders(t, { url, gateway, directory: t.testdir(), settings });
  await readers.live();
  await publish('leosac/reader', { csn: '04a1b2c3' });
  await until(() => records().length >= 1);
  t.match(records(), [{ cardId: '04a1b2c3', readerId: 'door-in' }]);
  t.equal(records()[0]?.['offlineOutcome'], undefined);
});
