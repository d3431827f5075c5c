import type { RequestListener, Server } from 'node:http';
import { answerMetrics } from '../../metrics/metrics-endpoint.js';
import { serveChild } from '../../processes/child-side.js';
import { CallMetrics } from './call-metrics.js';
import { listenOnLoopback } from './loopback.js';

/** Listens on a free loopback port and reports it to the parent as `endpoint`. */
export async function serveEmulator(server: Server): Promise<void> {
  countCalls(server);
  serveChild({
    ready: { endpoint: await listenOnLoopback(server) },
    // All data is in memory, so there is nothing to finish.
    onStop: () => undefined,
  });
}

/** Adds counting of calls and GET /metrics in front of the emulator's own listeners. */
function countCalls(server: Server): void {
  const calls = new CallMetrics();
  const listeners = server.listeners('request').filter(isListener);
  server.removeAllListeners('request');
  server.on(
    'request',
    answerMetrics(calls.registry, (request, response) => {
      calls.count(request, response);
      for (const listener of listeners) listener.call(server, request, response);
    }),
  );
}

function isListener(listener: unknown): listener is RequestListener {
  return typeof listener === 'function';
}
