import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { DecisionHub } from '../decisions/decision-hub.js';
import { embedMetrics } from '../metrics/embedded-metrics.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { startBackend } from './backend.js';
import { type RunningServer, startFrontend } from './frontend.js';
import { startWorkers } from './primary.js';

/** Starts a gateway, with HTTP in this process or in workers. Rejects as {@link startBackend}, or if the port is in use. */
export async function startGateway(config: Config, logger: Logger): Promise<RunningServer> {
  const metrics = new GatewayMetrics();
  if (config.GATEWAY_WORKERS > 1) return startWorkers(config, logger, metrics);
  const hub = new DecisionHub();
  const backend = await startBackend(config, logger, metrics, (decisions) => hub.publishAll(decisions));
  try {
    const { producer: sink, notReady, isTailBehind } = backend;
    const frontend = await startFrontend(config, logger, { sink, hub, metrics, notReady, isTailBehind });
    const stopEmbedding = embedMetrics(config, logger, () => metrics.registry.getMetricsAsJSON());
    return {
      ...frontend,
      async close() {
        // The backend closes last: requests in flight still need the producer and the tail.
        await frontend.close();
        await stopEmbedding();
        await backend.close();
      },
    };
  } catch (error) {
    await backend.close();
    throw error;
  }
}
