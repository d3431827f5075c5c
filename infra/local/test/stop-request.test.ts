// Own process: it sends signals to itself, on which Chromium ends too.
import t from 'tap';
import { StopRequest } from '../start/stop-request.js';

/** Whether a promise has resolved by now. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

t.test('the first request asks, its echo is ignored, a later one insists', async (t) => {
  const stop = new StopRequest();
  t.equal(stop.wasRequested, false);
  stop.request(1_000);
  t.equal(stop.wasRequested, true);
  await stop.requested;
  stop.request(1_400);
  t.equal(await isSettled(stop.insisted), false, 'npm hands Ctrl-C on');
  stop.request(1_600);
  t.equal(await isSettled(stop.insisted), true);
});

t.test('a closed terminal sends several requests but never insists', async (t) => {
  const stop = new StopRequest();
  for (const atMs of [1_000, 2_000, 3_000]) stop.requestOnce(atMs);
  await stop.requested;
  t.equal(await isSettled(stop.insisted), false);
  stop.request(4_000);
  t.equal(await isSettled(stop.insisted), true, 'a person may still');
});

t.test('Ctrl-C, a signal to end and a closed terminal each request a stop', async (t) => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  // Waiting for a signal keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(alive));
  for (const signal of signals) {
    const before = new Set(signals.flatMap((name) => process.listeners(name)));
    const stop = new StopRequest();
    stop.listen();
    process.kill(process.pid, signal);
    await stop.requested;
    t.equal(stop.wasRequested, true, signal);
    for (const name of signals) {
      for (const listener of process.listeners(name)) if (!before.has(listener)) process.off(name, listener);
    }
  }
});
