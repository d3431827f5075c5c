import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { refuseForeignCallers } from '@swipegate/http/foreign-callers';
import type { TokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Admission } from '../app/admission.js';
import { buildApp } from '../app/app.js';
import { buildDeviceApp } from '../app/device-app.js';
import { apiKeyTable } from '../auth/api-key-table.js';
import type { Config } from '../config/config.js';
import { DecisionFallback } from '../decisions/decision-fallback.js';
import type { DecisionHub } from '../decisions/decision-hub.js';
import { awaitedDecisions, decisionTable, readerHistory } from '../decisions/decision-table.js';
import { CommandOutbox } from '../devices/commands.js';
import type { Sink } from '../intake/sink.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { commandTable } from '../queries/device-commands.js';
import { dynamodbQueries } from '../queries/queries.js';
import { dynamodbClient } from './aws-clients.js';
import type { ServerUrls } from './messages.js';

/** The HTTP server of one process, or the whole gateway. */
export interface RunningServer extends ServerUrls {
  /** Stops accepting connections, answers the requests in flight, and closes every handle. */
  close(): Promise<void>;
}

export interface FrontendDependencies {
  sink: Sink;
  hub: DecisionHub;
  metrics: GatewayMetrics;
  notReady(): string[];
  /** Whether the table may hold decisions that have not reached `hub`. */
  isTailBehind(): boolean;
}

/** Starts the HTTP server. Rejects when the port is in use. */
export async function startFrontend(
  config: Config,
  logger: Logger,
  dependencies: FrontendDependencies,
): Promise<RunningServer> {
  const dynamodb = dynamodbClient(config);
  const fallback = new DecisionFallback({
    hub: dependencies.hub,
    readDecisions: awaitedDecisions(dynamodb, config.TABLE_DECISIONS),
    isTailBehind: () => dependencies.isTailBehind(),
    logger,
  });
  let closing = false;
  const apiKeys = apiKeyTable(dynamodb, config.TABLE_API_KEYS);
  const admission = new Admission(config, apiKeys, dependencies.metrics, await tokenVerifier(config, dynamodb));
  const outbox = new CommandOutbox(commandTable(dynamodb, config.TABLE_DEVICE_COMMANDS));
  const app = await buildApp({
    config,
    logger,
    ...dependencies,
    admission,
    outbox,
    findDecisions: decisionTable(dynamodb, config.TABLE_DECISIONS),
    queries: dynamodbQueries(dynamodb, config),
    readerHistory: readerHistory(dynamodb, config.TABLE_DECISIONS),
    notReady: () => [...(closing ? ['shutting down'] : []), ...dependencies.notReady()],
  });
  if (config.CALLERS === 'this-machine') {
    refuseForeignCallers(app.server, (origin) => origin === config.CONSOLE_ORIGIN);
  }
  try {
    const url = await app.listen({ host: config.HOST, port: config.PORT });
    const devices = await listenForDevices(config, logger, { ...dependencies, admission, outbox }, app);
    return {
      url: url.replace('0.0.0.0', '127.0.0.1'),
      ...(devices && { deviceUrl: devices.url.replace('0.0.0.0', '127.0.0.1') }),
      async close() {
        closing = true;
        await Promise.all([app.close(), devices?.app.close()]);
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

/** Opens the device port, if there is one. If that fails, it closes the gateway's own. */
async function listenForDevices(
  config: Config,
  logger: Logger,
  dependencies: FrontendDependencies & { admission: Admission; outbox: CommandOutbox },
  gateway: FastifyInstance,
): Promise<{ app: FastifyInstance; url: string } | undefined> {
  const { DEVICE_PORT: port, DEVICE_HOST: host } = config;
  if (port === undefined) return undefined;
  try {
    const { sink, hub, metrics, admission, outbox } = dependencies;
    const app = await buildDeviceApp({ config, logger, sink, hub, metrics, admission, outbox });
    return { app, url: await app.listen({ host, port }) };
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

/** Loads the verifier only where users sign in: a gateway that serves readers alone starts sooner. */
async function tokenVerifier(config: Config, dynamodb: DynamoDBClient): Promise<TokenVerifier | undefined> {
  const { TOKEN_ISSUER: issuer, TOKEN_CLIENT_ID: clientId, TOKEN_JWKS_URL, TOKEN_KEYS, TABLE_API_KEYS } = config;
  if (issuer === undefined || clientId === undefined) return undefined;
  const [{ createTokenVerifier, keySetOf }, { sharedKeysFetch }] = await Promise.all([
    import('@swipegate/http/sign-in/token-verifier'),
    import('@swipegate/http/sign-in/shared-keys'),
  ]);
  return createTokenVerifier({
    issuer,
    clientId,
    jwksUri: TOKEN_JWKS_URL ?? keySetOf(issuer),
    fetchKeys: TOKEN_KEYS === 'table' ? sharedKeysFetch(dynamodb, TABLE_API_KEYS) : undefined,
  });
}
