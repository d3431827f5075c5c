import rateLimit from '@fastify/rate-limit';
import {
  BatchResult,
  Decision,
  DoorEvent,
  GATEWAY_METRICS,
  ItemProblem,
  Problem,
  Swipe,
  SwipeAccepted,
} from '@swipegate/contract';
import { useDocs } from '@swipegate/http/docs';
import { answerFrameworkError, useProblemDetails } from '@swipegate/http/problem-details';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { ApiKeyCache, type ApiKeyLookup } from '../auth/api-key-directory.js';
import { bearerAuthentication, keyCheck } from '../auth/authenticate.js';
import type { Config } from '../config/config.js';
import type { DecisionHub } from '../decisions/decision-hub.js';
import type { DecisionLookup, ReaderHistory } from '../decisions/decision-table.js';
import { LatestDenials } from '../decisions/latest-denials.js';
import { useLoadShedding } from '../intake/load-shedding.js';
import { useBodyParsers } from '../intake/parse-body.js';
import type { Sink } from '../intake/sink.js';
import { countHttp, type GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { Queries } from '../queries/queries.js';
import { decisionRoutes } from '../routes/decisions.js';
import { doorEventRoutes } from '../routes/door-events.js';
import { operationRoutes } from '../routes/operations.js';
import { operatorRoutes } from '../routes/operator-routes.js';
import { readerDecisionRoutes } from '../routes/reader-decisions.js';
import { swipeRoutes } from '../routes/swipes.js';
import { answerClientError, answerExpectation } from './client-errors.js';

export interface AppDependencies {
  config: Config;
  logger: FastifyBaseLogger;
  sink: Sink;
  hub: DecisionHub;
  metrics: GatewayMetrics;
  findApiKey: ApiKeyLookup;
  findDecisions: DecisionLookup;
  queries: Queries;
  readerHistory: ReaderHistory;
  /** Reasons why `/readyz` must fail, apart from the sink and load shedding: the tail, a shutdown. */
  notReady(): string[];
}

const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than an ALB's idle timeout (60 s): the load balancer must not reuse a connection that the gateway closed. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
const MAX_API_KEY_LOOKUPS = 64;

/** Builds the HTTP application. The caller makes it listen. */
export async function buildApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const { config, logger, sink, hub, metrics } = dependencies;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true },
    // `verbose` adds the schema to each error; its description tells the client what is allowed.
    ajv: { customOptions: { strict: true, verbose: true } },
    // Node would answer a missing Host header itself, without a body.
    http: { requireHostHeader: false },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: (error, socket) => {
      logger.debug({ err: error }, 'client error');
      answerClientError(error, socket);
    },
  });
  app.server.on('checkExpectation', answerExpectation);
  for (const schema of [Swipe, SwipeAccepted, BatchResult, Decision, DoorEvent, ItemProblem, Problem]) {
    app.addSchema(schema);
  }
  // Hooks run by stage, and within a stage in this order. onRequest: Host header and 404, load shedding, API key.
  // preParsing: Content-Encoding. preValidation: parameters and body of operators. preHandler: rate limit by key.
  // onSend: Connection: close during shutdown. onResponse: metrics.
  useProblemDetails(app);
  useBodyParsers(app);
  closeConnectionsWhenClosing(app);
  const load = useLoadShedding(app, {
    maxRequests: config.MAX_IN_FLIGHT_REQUESTS,
    maxBytes: config.MAX_IN_FLIGHT_BYTES,
    bodyLimit: config.BODY_LIMIT_BYTES,
  });
  metrics.gauge(GATEWAY_METRICS.requestsInFlight, () => load.requests);
  metrics.gauge(GATEWAY_METRICS.requestBytesInFlight, () => load.bytes);
  metrics.gauge(GATEWAY_METRICS.waitingRequests, () => hub.waitingRequests);
  metrics.gauge(GATEWAY_METRICS.eventStreams, () => hub.listeningReaders);
  countHttp(app, metrics, config.MAX_CONNECTIONS);

  await app.register(rateLimit, { global: false });
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
  const keys = new ApiKeyCache(dependencies.findApiKey, {
    maxEntries: config.API_KEY_CACHE_ENTRIES,
    maxAgeMs: config.API_KEY_CACHE_MS,
    maxLookups: MAX_API_KEY_LOOKUPS,
  });
  const rateLimitPerSecond = config.RATE_LIMIT_PER_SECOND;
  const items = { sink, metrics, ackTimeoutMs: config.ACK_TIMEOUT_MS, rateLimitPerSecond };
  await app.register(async (api) => {
    api.addHook('onRequest', bearerAuthentication(api, keys, 'reader'));
    swipeRoutes(api, { ...items, hub, maxWaitMs: config.MAX_WAIT_MS });
    doorEventRoutes(api, items);
    decisionRoutes(api, dependencies.findDecisions);
    readerDecisionRoutes(api, {
      hub,
      history: dependencies.readerHistory,
      maxEventStreams: config.MAX_EVENT_STREAMS,
      isKeyValid: keyCheck(keys),
    });
  });
  await app.register(async (api) => {
    api.addHook('onRequest', bearerAuthentication(api, keys, 'operator'));
    operatorRoutes(api, { queries: dependencies.queries, latestDenials, rateLimitPerSecond });
  });
  return app;
}

/** Sends `Connection: close` while closing: idle keep-alive connections would delay the shutdown. */
function closeConnectionsWhenClosing(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}
