import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { waitingCommand } from '@swipegate/gateway/test/test-app';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import type { BoardSettings } from '../uhppote/board.js';
import { Boards } from '../uhppote/boards.js';
import { FakeBoard, SERIAL } from '../uhppote/test/fake-board.js';
import { Commands } from '../uplink/commands.js';
import { GatewayClient } from '../uplink/gateway-client.js';
import { Spool } from '../uplink/spool.js';
import { Uplink } from '../uplink/uplink.js';
import { KEY, startGateway, until } from './gateway.js';

const log = pino({ level: process.env['BRIDGE_LOG'] ?? 'silent' });

interface Options {
  gateway: string;
  directory: string;
  settings?: Partial<BoardSettings>;
  maxBytes?: number;
}

/** The bridge's part for one board. It is stopped at the end of the test. */
async function startBridge(t: Test, board: FakeBoard, { gateway, directory, settings, maxBytes = 1_048_576 }: Options) {
  const spool = await Spool.open({ directory, maxBytes });
  const uplink = new Uplink({ spool, client: new GatewayClient({ gateway, key: KEY }), log }, { firstPauseMs: 20 });
  const boards = await Boards.start({
    listen: { host: '127.0.0.1', port: 0 },
    log,
    pollMs: 30,
    boards: [
      {
        ...{ serial: SERIAL, address: '127.0.0.1', port: board.port, timeZone: 'UTC' },
        ...{ doors: [{ door: 1, in: 'door-in', out: 'door-out' }], decide: false, patienceMs: 20_000, setClock: true },
        ...settings,
        uplink,
      },
    ],
  });
  uplink.start();
  let isOver = false;
  const stop = async (flushMs = 1_000) => {
    if (isOver) return;
    isOver = true;
    await boards.stop();
    await uplink.stop(flushMs);
  };
  t.teardown(() => stop(0));
  return { stop, spool, board: boards.boards.get(SERIAL) };
}

t.test('what the board decided by itself is history, and the board hears which events are on disk', async (t) => {
  const { gateway, records } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  board.happen({ card: 100, wallMs: Date.parse('2026-10-25T00:30:00Z') });
  board.happen({ type: 2, card: 0, reason: 20 });
  const { stop } = await startBridge(t, board, { gateway, directory: t.testdir() });
  await until(() => records().length >= 2 && board.isSpecialOn);
  t.equal(board.isHostAsked, false);
  board.tell({ card: 101, granted: false, reason: 6, direction: 'out' }, 0x19);
  await until(() => records().length >= 3 && board.eventIndex === 3);
  board.send(board.happen({ card: 102 }));
  await until(() => records().length >= 4);
  await stop();
  const [first, exit, third, fourth] = records();
  t.match(first, { readerId: 'door-in', cardId: '100', readAt: '2026-10-25T00:30:00.000Z', offlineOutcome: 'granted' });
  t.match(exit, { kind: 'door-event', readerId: 'door-in', type: 'request-to-exit' });
  t.match(third, { readerId: 'door-out', cardId: '101', direction: 'out', offlineOutcome: 'denied' });
  t.match(fourth, { cardId: '102', offlineOutcome: 'granted' });
  t.notOk(board.opened.length, 'the board opens its own doors');
});

t.test('events that got lost on the way are read from the board, in order', async (t) => {
  const { gateway, records } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  await startBridge(t, board, { gateway, directory: t.testdir() });
  await until(() => board.listener.port > 0);
  for (let card = 1; card <= 70; card++) board.happen({ card });
  board.tell({ card: 71 });
  await until(() => records().length >= 71);
  t.same(
    records().map(({ cardId }) => Number(cardId)),
    Array.from({ length: 71 }, (_, index) => index + 1),
  );
});

t.test('the same event has the same id, whether it was heard or read again', async (t) => {
  const { gateway, records } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  const directory = t.testdir();
  const first = await startBridge(t, board, { gateway, directory: join(directory, 'one') });
  await until(() => board.listener.port > 0);
  board.tell();
  await until(() => records().length >= 1 && board.eventIndex === 1);
  await first.stop();
  // As if the bridge had ended before it told the board.
  board.eventIndex = 0;
  await startBridge(t, board, { gateway, directory: join(directory, 'two') });
  await until(() => records().length >= 2);
  const [heard, read] = records();
  t.equal(heard?.['swipeId'], read?.['swipeId']);
});

t.test('a list that begins anew, and one that has run over, lose nothing that the board still has', async (t) => {
  const { gateway, records } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  board.events.push('overwritten', 'overwritten', 'overwritten');
  board.happen({ card: 4 });
  await startBridge(t, board, { gateway, directory: t.testdir() });
  await until(() => records().length >= 1);
  t.notOk(board.read.includes(2), 'it does not ask for each event that is gone');
  board.events.length = 0;
  board.happen({ card: 5 });
  await until(() => records().length >= 2 && board.eventIndex === 1);
  t.same(
    records().map(({ cardId }) => cardId),
    ['4', '5'],
  );
});

t.test('a swipe that the board leaves to its host opens the door if Swipegate grants it', async (t) => {
  const { gateway, records, given } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  const { stop } = await startBridge(t, board, { gateway, directory: t.testdir(), settings: { decide: true } });
  await until(() => board.isHostAsked && board.listener.port > 0);
  const asked = { granted: false, reason: 5 };
  board.tell({ ...asked, card: 1 });
  await until(() => board.opened.length === 1);
  const record = records().at(-1);
  t.match(record, { cardId: '1', readerId: 'door-in' });
  t.equal(record?.['offlineOutcome'], undefined);
  t.type(record?.['answerBy'], 'number', 'a late decision lets nobody in');

  given.decision = { outcome: 'denied', reason: 'denied-unknown-credential' };
  board.tell({ ...asked, card: 2 });
  await until(() => board.eventIndex === 2);
  given.decision = { readerId: 'door-out' };
  board.tell({ ...asked, card: 3 });
  await until(() => board.eventIndex === 3);
  given.decision = {};
  board.tell({ ...asked, card: 4, wallMs: board.clockMs - 60_000 });
  await until(() => board.eventIndex === 4);
  board.tell({ ...asked, card: 5, door: 2 });
  await until(() => board.eventIndex === 5);
  board.tell({ ...asked, card: 6, direction: 'out' });
  await until(() => board.eventIndex === 6);
  await stop();
  t.same(board.opened, [1, 1], 'the first, and the one on the way out');
  const ofCard = (card: string) => records().filter(({ cardId }) => cardId === card);
  t.equal(ofCard('2').length, 1, 'the question is the swipe');
  t.same(
    ofCard('3').map(({ offlineOutcome }) => offlineOutcome),
    [undefined, 'denied'],
  );
  t.equal(new Set(ofCard('3').map(({ swipeId }) => swipeId)).size, 1);
  t.match(ofCard('4'), [{ offlineOutcome: 'denied' }], 'an old event asks nothing');
  t.same(ofCard('5'), [], 'a door without a reader');
  t.match(ofCard('6'), [{ readerId: 'door-out', offlineOutcome: 'granted' }]);
});

t.test('without an answer in time the door stays shut, and the swipe is sent later', async (t) => {
  const board = await FakeBoard.start(t);
  const bodies: unknown[] = [];
  let isUp = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // A gateway that hangs, and then one that grants what nobody asks any more.
      if (!isUp) return;
      const items: unknown = JSON.parse(Buffer.concat(chunks).toString());
      if (Array.isArray(items) && request.url === '/v1/swipes') bodies.push(...items);
      response.statusCode = 207;
      response.end(JSON.stringify({ accepted: Array.isArray(items) ? items.length : 0, rejected: [] }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address() as AddressInfo;
  const settings = { decide: true, patienceMs: 100 };
  const gateway = `http://127.0.0.1:${address.port}`;
  const { spool } = await startBridge(t, board, { gateway, directory: t.testdir(), settings });
  await until(() => board.isHostAsked && board.listener.port > 0);
  board.tell({ granted: false, reason: 5, card: 7 });
  await until(() => board.eventIndex === 1);
  t.ok(spool.bytes > 0, 'it is on disk before the board counts it as read');
  isUp = true;
  server.closeAllConnections();
  await until(() => bodies.length > 0);
  t.match(bodies, [{ cardId: '7', offlineOutcome: 'denied' }]);
  t.same(board.opened, []);
});

t.test('a full spool takes no event, and the board keeps it', async (t) => {
  const board = await FakeBoard.start(t);
  const directory = t.testdir();
  const { spool, stop } = await startBridge(t, board, { gateway: 'http://127.0.0.1:9', directory, maxBytes: 300 });
  await until(() => board.listener.port > 0);
  for (let card = 1; card <= 3; card++) board.tell({ card });
  await until(() => spool.bytes > 0);
  await stop(0);
  t.ok(board.eventIndex < 3);
  const { gateway, records } = await startGateway(t, 'uhppote');
  await startBridge(t, board, { gateway, directory });
  await until(() => board.eventIndex === 3 && new Set(records().map(({ cardId }) => cardId)).size === 3);
});

t.test('a clock that is wrong is set, once the gateway has confirmed the time', async (t) => {
  const { gateway } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  board.aheadMs = -86_400_000;
  await startBridge(t, board, { gateway, directory: t.testdir(), settings: { timeZone: 'Asia/Kolkata' } });
  await until(() => Math.abs(board.aheadMs - 19_800_000) < 3_000);
});

t.test('commands change doors and the clock', async (t) => {
  const { gateway } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  const { board: driver } = await startBridge(t, board, { gateway, directory: t.testdir() });
  await driver?.command('open', 1);
  t.same(board.opened, [1]);
  for (const [command, control] of [
    ['hold-open', 1],
    ['lock', 2],
    ['normal', 3],
  ] as const) {
    await driver?.command(command, undefined);
    t.equal(board.controls.get(1), control, command);
  }
  board.aheadMs = 3_600_000;
  await driver?.command('set-clock', undefined);
  t.ok(Math.abs(board.aheadMs) < 3_000);
  board.deaf.add(0x40);
  await t.rejects(async () => driver?.command('open', 1), { code: 'BOARD_SILENT' });
});

t.test('commands of the gateway reach the board once, and it hears the results', async (t) => {
  const { gateway, commands } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  const { board: driver } = await startBridge(t, board, { gateway, directory: t.testdir() });
  board.deaf.add(0x30);
  const clock = waitingCommand({ deviceId: 'board', command: 'set-clock' });
  commands.push(waitingCommand({ deviceId: 'board', command: 'lock' }), clock);
  commands.push(waitingCommand({ deviceId: 'another' }));
  const bridge = new Commands(
    new GatewayClient({ gateway, key: KEY }),
    async ({ command, door }) => driver?.command(command, door),
    log,
  );
  bridge.start();
  t.teardown(() => bridge.stop());
  await until(() => commands.filter(({ settledAt }) => settledAt !== undefined).length === 2);
  t.match(commands, [{ state: 'done' }, { state: 'failed', detail: /does not answer/ }, { state: 'waiting' }]);
  t.equal(board.controls.get(1), 2);
  t.same(board.opened, []);
});

t.test('an event from another address is dropped', { skip: process.platform !== 'linux' }, async (t) => {
  const { gateway, records } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  const stranger = await FakeBoard.start(t, '127.0.0.2');
  await startBridge(t, board, { gateway, directory: t.testdir() });
  await until(() => board.listener.port > 0);
  stranger.listener = board.listener;
  stranger.tell({ card: 1 });
  board.tell({ card: 2 });
  await until(() => records().length >= 1);
  t.match(records(), [{ cardId: '2' }]);
});

t.test('no file is left once all is sent and the bridge starts again', async (t) => {
  const { gateway, records } = await startGateway(t, 'uhppote');
  const board = await FakeBoard.start(t);
  const directory = t.testdir();
  const first = await startBridge(t, board, { gateway, directory });
  board.happen();
  await until(() => records().length >= 1);
  await first.stop();
  const spool = await Spool.open({ directory: join(directory), maxBytes: 1_048_576 });
  t.same(await spool.peek(1), []);
  t.same(readdirSync(directory), ['position.json']);
  await spool.close();
});
