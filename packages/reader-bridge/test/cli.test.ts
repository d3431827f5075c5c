import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';
import { configOf } from '../config.js';
import { FakeBoard, SERIAL } from '../uhppote/test/fake-board.js';
import { KEY, startGateway, until } from './gateway.js';

const board = {
  ...{ deviceId: 'board', serial: SERIAL, address: '192.168.1.100', timeZone: 'Europe/Berlin' },
  doors: [{ door: 1, in: 'door-in' }],
};
const reader = { deviceId: 'lab', make: 'esp-rfid', topic: '/rfid', doors: [{ in: 'door-in' }] };
const base = { gateway: 'http://127.0.0.1:8080', key: 'k', spool: { directory: '/spool' } };
const uhppote = (fields: object = {}) => ({ ...base, uhppote: { boards: [{ ...board, ...fields }] } });
const mqtt = (fields: object = {}) => ({
  ...base,
  mqtt: { url: 'mqtt://127.0.0.1', readers: [{ ...reader, ...fields }] },
});

t.test('a configuration gets its defaults, and the environment wins', async (t) => {
  t.match(configOf(uhppote(), {}), {
    spool: { maxMegabytes: 64 },
    uhppote: { listen: '0.0.0.0:60001', boards: [{ decide: false, patienceSeconds: 3, setClock: true }] },
  });
  const env = { BRIDGE_GATEWAY: 'https://gateway.example.com', BRIDGE_KEY: 'other', BRIDGE_SPOOL: '/var/spool' };
  const config = configOf({ uhppote: { boards: [board] } }, env);
  t.match(config, { gateway: 'https://gateway.example.com', key: 'other', spool: { directory: '/var/spool' } });
  t.match(configOf(mqtt(), {}), { mqtt: { clientId: 'swipegate-bridge', readers: [{ decide: false }] } });
});

t.test('a wrong configuration is refused with the member and what is allowed', async (t) => {
  const table: [value: unknown, message: RegExp][] = [
    [undefined, /^gateway is missing/],
    [{ ...base, gateway: 'gw' }, /^gateway must be a URL that starts with http/],
    [base, /^uhppote.boards or mqtt.readers must name a device/],
    [{ ...uhppote(), key: undefined }, /^board has no key: write key or keyFile, or set BRIDGE_KEY/],
    [uhppote({ serial: 0 }), /^uhppote.boards.0.serial must be an integer from 1 to 4294967295/],
    [uhppote({ address: 'board.lan' }), /^uhppote.boards.0.address must be an IPv4 address/],
    [uhppote({ address: '192.168.1.100:0' }), /^uhppote.boards.0.address must be/],
    [uhppote({ timeZone: '+01:00' }), /^uhppote.boards.0.timeZone must be a time zone/],
    [uhppote({ colour: 1 }), /^uhppote.boards.0.colour is not a known field; allowed are /],
    [{ ...base, uhppote: { boards: [board, board] } }, /^the deviceId board is there twice/],
    [{ ...base, uhppote: { boards: [board, { ...board, deviceId: 'b' }] } }, /^the serial 423187757 is there twice/],
    [mqtt({ make: 'esp' }), /^mqtt.readers.0.make must be one of esp-rfid, mapped/],
    [mqtt({ mapping: {} }), /^mqtt.readers.0: esp-rfid needs no mapping/],
    [mqtt({ make: 'mapped', decide: true }), /^mqtt.readers.0.answer is missing/],
    [{ ...mqtt(), mqtt: { ...mqtt().mqtt, url: 'http://x' } }, /^mqtt.url must start with mqtt:\/\//],
  ];
  for (const [value, message] of table) t.throws(() => configOf(value, {}), { code: 'CONFIG_INVALID', message });
});

t.test('the examples of the documents are valid', async (t) => {
  for (const page of ['packages/reader-bridge/README.md', 'docs/readers/uhppote.md', 'docs/readers/mqtt.md']) {
    const text = readFileSync(new URL(`../../../../${page}`, import.meta.url), 'utf8');
    const examples = Array.from(text.matchAll(/```yaml\n([\s\S]+?)```/g), ([, example = '']) => parse(example));
    t.ok(examples.length > 0, page);
    for (const example of examples) {
      t.doesNotThrow(() => configOf({ ...base, ...example }, {}), page);
    }
  }
});

t.test('the program: a swipe survives kill -9, and SIGTERM ends it after all is sent', async (t) => {
  const fake = await FakeBoard.start(t);
  const directory = t.testdir();
  const file = join(directory, 'bridge.yaml');
  const start = (gateway: string) => {
    const boards = [{ ...board, address: `127.0.0.1:${fake.port}` }];
    const config = { gateway, key: KEY, spool: { directory }, uhppote: { listen: '127.0.0.1:0', boards } };
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config));
    const cli = fileURLToPath(new URL('../cli.js', import.meta.url));
    const child = spawn(process.execPath, [cli, '--config', file], { stdio: 'ignore' });
    t.teardown(() => child.kill('SIGKILL'));
    return child;
  };
  const first = start('http://127.0.0.1:9');
  await until(() => fake.listener.port > 0);
  fake.tell({ card: 42 });
  const { listener } = fake;
  // The event is on disk before the board counts it as read, at the bridge's next look or the one after a restart.
  await until(() => fake.eventIndex === 1);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const { gateway, records } = await startGateway(t, 'uhppote');
  const second = start(gateway);
  await until(() => records().length >= 1 && fake.listener.port !== listener.port);
  second.kill('SIGTERM');
  t.same(await once(second, 'exit'), [0, null]);
  t.match(records(), [{ cardId: '42', readerId: 'door-in', offlineOutcome: 'granted' }]);
});
