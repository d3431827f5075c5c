import type { Logger } from 'pino';
import { buildApp } from '../app/app.js';
import { apiKeyTable } from '../auth/api-key-directory.js';
import type { Config } from '../config/config.js';
import { DecisionFallback } from '../decisions/decision-fallback.js';
import type { DecisionHub } from '../decisions/decision-hub.js';
import { awaitedDecisions, decisionTable } from '../decisions/decision-table.js';
import { readerHistory } from '../decisions/reader-history.js';
import type { Sink } from '../intake/sink.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { dynamodbQueries } from '../queries/queries.js';
import { dynamodbClient } from './aws-clients.js';

/** The HTTP server of one process. */
export interface Frontend {
  /** Base URL, e.g. http://127.0.0.1:8080 */
  url: string;
  /** Stops accepting connections and answers the requests in flight. */
  close(): Promise<void>;
}

export interface FrontendParts {
  sink: Sink;
  hub: DecisionHub;
  metrics: GatewayMetrics;
  notReady(): string[];
  /** Whether the table may hold decisions that have not reached `hub`. */
  isTailBehind(): boolean;
}

/** Starts the HTTP server. Rejects when the port is in use. */
export async function startFrontend(config: Config, logger: Logger, parts: FrontendParts): Promise<Frontend> {
  const dynamodb = dynamodbClient(config);
  const fallback = new DecisionFallback({
    hub: parts.hub,
    readDecisions: awaitedDecisions(dynamodb, config.TABLE_DECISIONS),
    isTailBehind: () => parts.isTailBehind(),
    logger,
  });
  let closing = false;
  const app = await buildApp({
    config,
    logger,
    ...parts,
    findApiKey: apiKeyTable(dynamodb, config.TABLE_API_KEYS),
    findDecisions: decisionTable(dynamodb, config.TABLE_DECISIONS),
    queries: dynamodbQueries(dynamodb, config),
    readerHistory: readerHistory(dynamodb, config.TABLE_DECISIONS),
    notReady: () => [...(closing ? ['shutting down'] : []), ...parts.notReady()],
  });
  try {
    const url = await app.listen({ host: config.HOST, port: config.PORT });
    return {
      url: url.replace('0.0.0.0', '127.0.0.1'),
      async close() {
        closing = true;
        await app.close();
        fallback.stop();
        dynamodb.destroy();
      },
    };
  } catch (error) {
    fallback.stop();
    dynamodb.destroy();
    throw error;
  }
}
