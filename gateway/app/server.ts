import { AjvCompiler } from '@fastify/ajv-compiler';
import { TRUSTED_SCHEMAS } from '@swipegate/contract';
import { LAZY_SERIALIZERS, lazyValidator } from '@swipegate/http/lazy-schemas';
import { answerFrameworkError, shuttingDown, useProblemDetails } from '@swipegate/http/problem-details';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Config } from '../config/config.js';
import { continueWhenRead } from '../intake/read-body.js';
import { answerClientError, answerExpectation } from './client-errors.js';

/** How often Node looks for requests that take too long to arrive. */
const TIMEOUT_CHECK_MS = 1_000;
/** Longer than an ALB's idle timeout (60 s): the load balancer must not reuse a connection that the gateway closed. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** Time after which a client that reads nothing of its answer is disconnected, ms. */
const READING_MS = 30_000;

// `verbose` adds the schema to each error; its description tells the client what is allowed.
// Refuses unknown members, which Fastify would remove without a word.
const VALIDATION = { customOptions: { strict: true, verbose: true, removeAdditional: false, ...TRUSTED_SCHEMAS } };
const buildValidator = AjvCompiler();

/**
 * Creates an HTTP server with the gateway's limits and error answers, and no routes. The caller makes it listen.
 * @param description where a 404 points to
 */
export function newServer(
  config: Config,
  logger: FastifyBaseLogger,
  { description }: { description: string },
): FastifyInstance {
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
    schemaController: LAZY_SERIALIZERS,
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
  // Not at start: see lazyValidator.
  app.addHook('onRoute', function (route) {
    route.validatorCompiler ??= (of) => lazyValidator(() => buildValidator(sharedSchemas(this), VALIDATION)(of));
  });
  useProblemDetails(app, { description });
  closeConnectionsWhenClosing(app);
  app.decorateRequest('inFlight', undefined);
  return app;
}

function sharedSchemas(context: FastifyInstance) {
  const schemas = Object.entries(context.getSchemas());
  return Object.fromEntries(
    schemas.flatMap(([id, schema]) => (typeof schema === 'object' ? [[id, { ...schema }]] : [])),
  );
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
