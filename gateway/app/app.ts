import {
  BatchResult,
  Decision,
  DoorEvent,
  GATEWAY_METRICS,
  ItemProblem,
  type KeyRole,
  Problem,
  Swipe,
  SwipeAccepted,
} from '@swipegate/contract';
import { useDocs } from '@swipegate/http/docs';
import { answerFrameworkError, shuttingDown, useProblemDetails } from '@swipegate/http/problem-details';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { ApiKeyCache } from '../auth/api-key-directory.js';
import type { ApiKeyDirectory } from '../auth/api-key-table.js';
import { bearerAuthentication, keyCheck } from '../auth/authenticate.js';
import { FairShare } from '../auth/fair-share.js';
import { RefusalPace } from '../auth/refusal-pace.js';
import type { Config } from '../config/config.js';
import type { DecisionHub } from '../decisions/decision-hub.js';
import type { DecisionLookup, ReaderHistory } from '../decisions/decision-table.js';
import { LatestDenials } from '../decisions/latest-denials.js';
import { Load } from '../intake/load-shedding.js';
import { useBodyParsers } from '../intake/parse-body.js';
import { continueWhenRead } from '../intake/read-body.js';
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
  apiKeys: ApiKeyDirectory;
  findDecisions: DecisionLookup;
  queries: Queries;
  readerHistory: ReaderHistory;
  /** Reasons why `/readyz` must fail, apart from the sink and load shedding: the tail, a shutdown. */
  notReady(): string[];
}

/** How often Node looks for requests that take too long to arrive. */
const TIMEOUT_CHECK_MS = 1_000;
/** Longer than an ALB's idle timeout (60 s): the load balancer must not reuse a connection that the gateway closed. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** Time after which a client that reads nothing of its answer is disconnected, ms. */
const READING_MS = 30_000;

/** Requests that wait for the look-up of a key that is not listed, and refusals that are held back: at most this many. */
const [MAX_WAITING_KEYS, LARGEST_SHARE] = [2_048, 0.25];

/** Builds the HTTP application. The caller makes it listen. */
export async function buildApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const { config, logger, sink, hub, metrics } = dependencies;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.BODY_LIMIT_BYTES,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    // Bounds the silence on a connection that is not idle. Longer than any wait for an answer.
    connectionTimeout: config.REQUEST_TIMEOUT_MS + config.ACK_TIMEOUT_MS + config.MAX_WAIT_MS + READING_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // closeConnectionsWhenClosing answers with a problem instead.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    // `verbose` adds the schema to each error; its description tells the client what is allowed.
    // Refuses unknown members, which Fastify would remove without a word.
    ajv: { customOptions: { strict: true, verbose: true, removeAdditional: false } },
    http: {
      // Node would answer a missing Host header itself, without a body.
      requireHostHeader: false,
      // Node's default, 60 s, may exceed requestTimeout; Node then swaps the two.
      headersTimeout: config.REQUEST_TIMEOUT_MS,
      requestTimeout: config.REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: (error, socket) => {
      logger.debug({ err: error }, 'client error');
      answerClientError(error, socket, config.REQUEST_TIMEOUT_MS);
    },
  });
  // No limit here: the size limit of 16 KiB bounds the number too. Above a limit, Node drops headers, even Content-Length.
  app.server.maxHeadersCount = 0;
  app.server.on('checkExpectation', answerExpectation);
  continueWhenRead(app.server);
  for (const schema of [Swipe, SwipeAccepted, BatchResult, Decision, DoorEvent, ItemProblem, Problem]) {
    app.addSchema(schema);
  }
  // Hooks run by stage, and within a stage in this order. onRequest: Host header, Transfer-Encoding and 404, load
  // shedding, API key, rate limit and share of the key. preParsing: Content-Encoding. preValidation: parameters and body
  // of operators. onSend: Connection: close during shutdown, large answers. onResponse: metrics.
  useProblemDetails(app);
  useBodyParsers(app);
  closeConnectionsWhenClosing(app);
  app.decorateRequest('inFlight', undefined);
  const load = new Load({
    maxRequests: config.MAX_IN_FLIGHT_REQUESTS,
    maxBytes: config.MAX_IN_FLIGHT_BYTES,
    bodyLimit: config.BODY_LIMIT_BYTES,
    maxRequestsPerSecond: config.RATE_LIMIT_PER_SECOND,
  });
  metrics.gauge(GATEWAY_METRICS.requestsInFlight, () => load.requests.held);
  metrics.gauge(GATEWAY_METRICS.requestBytesInFlight, () => load.bytes.held);
  metrics.gauge(GATEWAY_METRICS.waitingRequests, () => hub.waitingRequests);
  metrics.gauge(GATEWAY_METRICS.eventStreams, () => hub.listeningReaders);
  countHttp(app, metrics, config.MAX_CONNECTIONS);

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
  const maxWaiting = Math.ceil(Math.min(MAX_WAITING_KEYS, config.MAX_IN_FLIGHT_REQUESTS * LARGEST_SHARE));
  const keys = new ApiKeyCache(dependencies.apiKeys, {
    maxEntries: config.API_KEY_CACHE_ENTRIES,
    maxAgeMs: config.API_KEY_CACHE_MS,
    maxWaiting,
  });
  app.addHook('onReady', async () => void keys.keepListed(logger));
  const pace = new RefusalPace(maxWaiting);
  app.addHook('preClose', async () => {
    keys.stop();
    pace.close();
  });
  const items = { sink, metrics, ackTimeoutMs: config.ACK_TIMEOUT_MS };
  const authenticated = (api: FastifyInstance, role: KeyRole) =>
    load.shed(api, bearerAuthentication(api, keys, { role, pace }));
  await app.register(async (api) => {
    authenticated(api, 'reader');
    swipeRoutes(api, { ...items, hub, maxWaitMs: config.MAX_WAIT_MS });
    doorEventRoutes(api, items);
    decisionRoutes(api, dependencies.findDecisions);
    readerDecisionRoutes(api, {
      hub,
      history: dependencies.readerHistory,
      streams: new FairShare(config.MAX_EVENT_STREAMS),
      isKeyValid: keyCheck(keys),
    });
  });
  await app.register(async (api) => {
    authenticated(api, 'operator');
    load.shareQueries(api);
    operatorRoutes(api, { queries: dependencies.queries, latestDenials });
  });
  return app;
}

/**
 * While closing, refuses new requests, and sends `Connection: close`: idle keep-alive connections would delay the
 * shutdown.
 */
function closeConnectionsWhenClosing(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', (_request, _reply, done) => done(closing ? shuttingDown() : undefined));
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}
