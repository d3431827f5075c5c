import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { printableText } from '@swipegate/terminal/fit';
import { Counter, Histogram, Registry } from 'prom-client';
import { LOCAL_METRICS } from '../../metrics/local-metrics.js';
import { answerMetrics } from '../../metrics/metrics-endpoint.js';
import { serveChild } from '../../processes/child-side.js';
import { listenOnLoopback } from '../../processes/ports.js';

/** Listens on a loopback port, 0 for a free one, and reports it to the parent as `endpoint`. */
export async function serveEmulator(server: Server, port = '0'): Promise<void> {
  countCalls(server);
  // Data is in memory, or in files that a killed process leaves whole: there is nothing to finish.
  serveChild({ ready: { endpoint: await listenOnLoopback(server, undefined, Number(port)) }, onStop: () => undefined });
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Adds CloudWatch's metrics of a service's calls and GET /metrics in front of the emulator's own listener. */
function countCalls(server: Server): void {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({ ...LOCAL_METRICS.tableCalls, labelNames: ['operation'], registers });
  const errors = new Counter({ ...LOCAL_METRICS.tableErrors, registers });
  const seconds = new Histogram({ ...LOCAL_METRICS.tableSeconds, buckets: SECONDS, registers });
  const emulator = takeListener(server);
  server.on(
    'request',
    answerMetrics(registry, (request, response) => {
      const beganMs = performance.now();
      // E.g. DynamoDB_20120810.GetItem or Kinesis_20131202.PutRecords.
      const operation = String(request.headers['x-amz-target'] ?? 'none').replace(/^.*\./, '');
      response.once('finish', () => {
        calls.inc({ operation });
        if (response.statusCode >= 500) errors.inc();
        seconds.observe((performance.now() - beganMs) / 1000);
      });
      emulator(request, response);
    }),
  );
}

/** Removes and returns the listener for requests of a server, so that another can stand in front of it. */
export function takeListener(server: Server): RequestListener {
  const [listener] = server.listeners('request').filter(isListener);
  if (listener === undefined) throw new Error('The emulator does not listen for requests');
  server.removeAllListeners('request');
  return listener.bind(server);
}

function isListener(listener: unknown): listener is RequestListener {
  return typeof listener === 'function';
}

/** The body of a request, in half the time of node:stream/consumers. */
export function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)));
    request.once('error', reject);
  });
}

/** Returns a handler for an unforeseen error of a call: it is printed, and the caller's connection ends. */
export function failed(response: ServerResponse): (error: unknown) => void {
  return (error) => {
    process.stderr.write(`${printableText(String(error))}\n`);
    response.destroy();
  };
}
