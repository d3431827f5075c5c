import { once } from 'node:events';
import { createServer, request } from 'node:http';
import t from 'tap';
import { Faults } from '../faults.js';
import { listenOnLoopback } from '../loopback.js';
import { serveCalls } from '../serve-calls.js';
import { ServiceError } from '../service-error.js';

t.test('a call learns that its caller is gone', async (t) => {
  const calls = new EventTarget();
  const began = once(calls, 'began');
  const ended = once(calls, 'ended');
  const server = createServer(
    serveCalls({
      faults: new Faults(),
      internal: new ServiceError('Internal', 'failed', { status: 500 }),
      throttled: new ServiceError('Throttled', 'too fast', { status: 503 }),
      read: (_request, { signal }) => ({
        operation: 'Wait',
        run: async () => {
          calls.dispatchEvent(new Event('began'));
          await once(signal, 'abort');
          calls.dispatchEvent(new Event('ended'));
          return { status: 200 };
        },
      }),
      refuse: ({ code, status }) => ({ status, body: code }),
    }),
  );
  t.teardown(() => server.close());
  const call = request(await listenOnLoopback(server)).on('error', () => undefined);
  call.end();
  await began;
  call.destroy();
  t.match(await ended, [{ type: 'ended' }]);
});
