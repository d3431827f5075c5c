import {
  BatchResult,
  Decision,
  DoorEvent,
  GATEWAY_METRICS,
  ItemProblem,
  PostedSwipe,
  Problem,
  SwipeAccepted,
} from '@swipegate/contract';
import { useDocs } from '@swipegate/http/docs';
import { useConsoleOrigin } from '@swipegate/http/sign-in/console-origin';
import type { FastifyBaseLogger, FastifyInstance, FastifyPluginAsync } from 'fastify';
import { FairShare } from '../auth/fair-share.js';
import type { Config } from '../config/config.js';
import type { DecisionHub } from '../decisions/decision-hub.js';
import type { DecisionLookup, ReaderHistory } from '../decisions/decision-table.js';
import { LatestDenials } from '../decisions/latest-denials.js';
import { LiveDecisions } from '../decisions/live-decisions.js';
import type { CommandOutbox } from '../devices/commands.js';
import { useBodyParsers } from '../intake/parse-body.js';
import type { Sink } from '../intake/sink.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { Queries } from '../queries/queries.js';
import { decisionRoutes } from '../routes/decisions.js';
import { DeviceCommandList, deviceCommandRoutes } from '../routes/device-commands.js';
import { doorEventRoutes } from '../routes/door-events.js';
import { liveDecisionRoutes } from '../routes/live-decisions.js';
import { operationRoutes } from '../routes/operations.js';
import { operatorRoutes } from '../routes/operator-routes.js';
import { readerDecisionRoutes } from '../routes/reader-decisions.js';
import { swipeRoutes } from '../routes/swipes.js';
import type { Admission } from './admission.js';
import { newServer } from './server.js';

export interface AppDependencies {
  config: Config;
  logger: FastifyBaseLogger;
  sink: Sink;
  hub: DecisionHub;
  metrics: GatewayMetrics;
  admission: Admission;
  findDecisions: DecisionLookup;
  queries: Queries;
  readerHistory: ReaderHistory;
  outbox: CommandOutbox;
  /** Reasons why `/readyz` must fail, apart from the sink and load shedding: the tail, a shutdown. */
  notReady(): string[];
}

/** Builds the HTTP application. The caller makes it listen. */
export async function buildApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const { config, logger, sink, hub, metrics, admission } = dependencies;
  const app = newServer(config, logger, { description: '/docs' });
  for (const schema of [
    PostedSwipe,
    SwipeAccepted,
    BatchResult,
    Decision,
    DoorEvent,
    DeviceCommandList,
    ItemProblem,
    Problem,
  ]) {
    app.addSchema(schema);
  }
  // Hooks run by stage, and within a stage in this order. onRequest: Host header, Transfer-Encoding and 404, load
  // shedding, API key, rate limit and share of the key. preParsing: Content-Encoding. preValidation: parameters and body
  // of operators. onSend: Connection: close during shutdown, large answers. onResponse: metrics.
  useBodyParsers(app);
  const { load } = admission;
  metrics.gauge(GATEWAY_METRICS.requestsInFlight, () => load.requests.held);
  metrics.gauge(GATEWAY_METRICS.requestBytesInFlight, () => load.bytes.held);
  metrics.gauge(GATEWAY_METRICS.waitingRequests, () => hub.waitingRequests);
  metrics.gauge(GATEWAY_METRICS.eventStreams, () => hub.listeningReaders);
  admission.count(app);

  load.shedOthers(app);
  await useDocs(app);
  operationRoutes(app, {
    metrics,
    opsUrl: config.OPS_URL,
    notReady: () => [
      ...(sink.healthy ? [] : ['the stream is not accepting records']),
      ...(load.shedding ? ['shedding load'] : []),
      ...dependencies.notReady(),
    ],
  });

  const latestDenials = new LatestDenials();
  hub.follow((decisions) => latestDenials.note(decisions));
  const live = new LiveDecisions();
  hub.follow((decisions) => live.note(decisions));
  const eventStreams = { streams: new FairShare(config.MAX_EVENT_STREAMS), isKeyValid: admission.isKeyValid };
  app.addHook('onReady', async () => void admission.keepListed(logger));
  app.addHook('preClose', async () => admission.stop());
  const items = { sink, metrics, ackTimeoutMs: config.ACK_TIMEOUT_MS };
  await app.register(async (api) => {
    admission.guard(api, 'reader');
    swipeRoutes(api, { ...items, hub, maxWaitMs: config.MAX_WAIT_MS });
    doorEventRoutes(api, items);
    decisionRoutes(api, dependencies.findDecisions);
    readerDecisionRoutes(api, {
      hub,
      history: dependencies.readerHistory,
      ...eventStreams,
    });
  });
  await app.register(async (api) => {
    admission.guard(api, 'reader');
    deviceCommandRoutes(api, { outbox: dependencies.outbox, maxWaitMs: config.MAX_WAIT_MS });
  });
  await app.register(async (api) => {
    // First, so that the console can read a refusal, too.
    if (config.CONSOLE_ORIGIN !== undefined) useConsoleOrigin(api, config.CONSOLE_ORIGIN);
    admission.guard(api, 'operator');
    load.shareQueries(api);
    operatorRoutes(api, { queries: dependencies.queries, latestDenials });
  });
  await app.register(async (api) => {
    if (config.CONSOLE_ORIGIN !== undefined) useConsoleOrigin(api, config.CONSOLE_ORIGIN);
    admission.guard(api, 'operator');
    // Streams have a share of their own: one that stays open is no running query.
    liveDecisionRoutes(api, { live, names: dependencies.queries.names, ...eventStreams });
  });
  if (config.CONSOLE_ORIGIN !== undefined) await app.register(preflights(config.CONSOLE_ORIGIN));
  return app;
}

/** Answers the console's CORS preflights, which carry no key. */
function preflights(origin: string): FastifyPluginAsync {
  return async (api) => {
    useConsoleOrigin(api, origin);
    api.options('/v1/*', { schema: { hide: true } }, (_request, reply) => reply.callNotFound());
  };
}
