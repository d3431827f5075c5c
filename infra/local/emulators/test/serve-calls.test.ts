import { once } from 'node:events';
import { Agent, createServer, type RequestListener, request } from 'node:http';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { listenOnLoopback } from '../../processes/ports.js';
import { Faults, type Protocol, serveCalls } from '../protocol/serve-calls.js';
import { ServiceError } from '../protocol/service-error.js';

function listenerFor(call: Pick<Protocol, 'read'>): RequestListener {
  return serveCalls({
    faults: new Faults(),
    settle: async () => undefined,
    internal: new ServiceError('Internal', 'failed', 500),
    throttled: new ServiceError('Throttled', 'too fast', 503),
    refuse: ({ code, status }) => ({ status, body: code }),
    ...call,
  });
}

t.test('a call is aborted when its caller disconnects', async (t) => {
  const calls = new EventTarget();
  const began = once(calls, 'began');
  const ended = once(calls, 'ended');
  const server = createServer(
    listenerFor({
      read: (_request, { signal }) => ({
        operation: 'Wait',
        run: async () => {
          calls.dispatchEvent(new Event('began'));
          await once(signal, 'abort');
          calls.dispatchEvent(new Event('ended'));
          return { status: 200 };
        },
      }),
    }),
  );
  t.teardown(() => server.close());
  const call = request(await listenOnLoopback(server)).on('error', () => undefined);
  call.end();
  await began;
  call.destroy();
  t.match(await ended, [{ type: 'ended' }]);
});

t.test('the rest of a refused body does not disturb the next request', async (t) => {
  const server = createServer(
    listenerFor({
      read: (incoming) => ({
        operation: 'Refuse',
        run: async () => {
          await incoming[Symbol.asyncIterator]().next();
          throw new ServiceError('TooLarge', 'too large');
        },
      }),
    }),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => {
    agent.destroy();
    server.close();
  });
  const url = await listenOnLoopback(server);
  const ports = new Set<number | undefined>();
  for (let count = 0; count < 3; count++) {
    const call = request(url, { agent, method: 'POST' });
    const answered = once(call, 'response');
    call.end(Buffer.alloc(5_000_000));
    const [response] = await answered;
    ports.add(call.socket?.localPort);
    t.equal(await text(response), 'TooLarge');
  }
  t.equal(ports.size, 1, 'over one connection');
});
