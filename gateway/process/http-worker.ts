import { readConfig } from '../config/config.js';
import { DecisionHub } from '../decisions/decision-hub.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { endProcess, processLogger } from './entry-point.js';
import { ForwardingSink } from './forwarding-sink.js';
import { startFrontend } from './frontend.js';
import { type BackendHealth, type FromWorker, isToWorker, type ToWorker } from './messages.js';

/** A share in which a swipe whose decision is awaited fits. */
const LEAST_BYTES = 16_384;

/** Serves HTTP in a process forked by {@link ./primary.ts}. */
async function main(): Promise<void> {
  const given = readConfig(process.env);
  // The configured limits are per machine; each worker gets its share.
  const share = (total: number, least = 1) => Math.max(least, Math.floor(total / given.GATEWAY_WORKERS));
  const config = {
    ...given,
    MAX_IN_FLIGHT_REQUESTS: share(given.MAX_IN_FLIGHT_REQUESTS),
    MAX_IN_FLIGHT_BYTES: share(given.MAX_IN_FLIGHT_BYTES, LEAST_BYTES),
    MAX_CONNECTIONS: share(given.MAX_CONNECTIONS),
    MAX_EVENT_STREAMS: share(given.MAX_EVENT_STREAMS),
  };
  const logger = processLogger(config);
  const hub = new DecisionHub();
  const sink = new ForwardingSink(
    (batch, records) => send({ type: 'put', batch, records }),
    share(given.MAX_BUFFERED_BYTES),
  );
  let health: BackendHealth = { sinkHealthy: true, tailBehind: false, reasons: [] };
  let lastScrape = 0;
  const scrapes = new Map<number, (text: string) => void>();
  const allMetrics = () =>
    new Promise<string>((resolve) => {
      const scrape = ++lastScrape;
      scrapes.set(scrape, resolve);
      send({ type: 'scrape', scrape });
    });
  const metrics = new GatewayMetrics(allMetrics);
  const frontend = await startFrontend(config, logger, {
    sink,
    hub,
    metrics,
    notReady: () => health.reasons,
    isTailBehind: () => health.tailBehind,
  });

  const handle = async (message: ToWorker): Promise<void> => {
    switch (message.type) {
      case 'durable':
        return sink.settle(message.batch);
      case 'refused':
        return sink.settle(message.batch, message.code);
      case 'decisions':
        return hub.publishAll(message.decisions);
      case 'health':
        health = message.health;
        sink.healthy = health.sinkHealthy;
        return;
      case 'collect':
        return send({ type: 'metrics', scrape: message.scrape, metrics: await metrics.registry.getMetricsAsJSON() });
      case 'scraped':
        scrapes.get(message.scrape)?.(message.text);
        scrapes.delete(message.scrape);
        return;
      case 'stop':
        await frontend.close();
        process.exit(0);
    }
  };
  process.on('message', (message: unknown) => {
    if (isToWorker(message)) void handle(message);
  });
  const { close: _, ...urls } = frontend;
  send({ type: 'listening', urls });
}

function send(message: FromWorker): void {
  // Without a callback, a primary that has just exited would raise an error before `disconnect` ends this process.
  process.send?.(message, undefined, undefined, () => undefined);
}

// Without the primary, nothing can become durable.
process.on('disconnect', () => endProcess(1));
// Signals reach the whole process group; the primary decides the order of shutdown.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
