import t from 'tap';
import { DecisionFeeds } from '../decision-feeds.js';
import { answer, ScriptedServer } from './scripted-server.js';

const readerIds = new Set(['north', 'south']);
const keys = { north: 'k1', south: 'k2' };
const never = new AbortController().signal;

t.test('fails if the gateway is unreachable or rejects the keys', async (t) => {
  const server = await ScriptedServer.start((request) => answer(request, 401, {}));
  const { url } = server;
  const closed = (target: URL) =>
    new DecisionFeeds({ target, keys, readerIds, onDecision: () => undefined }).opened(never, 300);
  await t.rejects(closed(url), {
    code: 'DECISION_FEEDS_CLOSED',
    message: /reader (north|south): 401.*the keys file is its own/,
  });
  await server.stop();
  await t.rejects(closed(url), { code: 'DECISION_FEEDS_CLOSED', message: /ECONNREFUSED.*check that it is running/ });
});

t.test('resolves when all streams are open, each with its own key', async (t) => {
  const server = await ScriptedServer.start(({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n'),
  );
  t.teardown(() => server.stop());
  const feeds = new DecisionFeeds({ target: server.url, keys, readerIds, onDecision: () => undefined });
  await feeds.opened(never);
  t.same(server.requests.map(({ head }) => /bearer (\S+)/i.exec(head)?.[1]).sort(), ['k1', 'k2']);
  await feeds.close();
});

t.test('an abort ends the wait without an error', async (t) => {
  const server = await ScriptedServer.start(() => undefined);
  t.teardown(() => server.stop());
  const stopping = new AbortController();
  const feeds = new DecisionFeeds({ target: server.url, keys, readerIds, onDecision: () => undefined });
  const opened = feeds.opened(stopping.signal);
  stopping.abort();
  await opened;
  await feeds.close();
});
