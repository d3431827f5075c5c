import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import swagger from '@fastify/swagger';
import {
  CardWithPresence,
  ChangeStatus,
  ChangeStatusPage,
  Decision,
  DecisionPage,
  EmployeeDetail,
  EmployeePage,
  ImportStatus,
  ImportUpload,
  ItemProblem,
  Muster,
  Occupancy,
  Problem,
} from '@swipegate/contract';
import { answerFrameworkError, useProblemDetails } from '@swipegate/http/problem-details';
import { refuseUnknownParameters } from '@swipegate/http/unknown-parameters';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { ImportFiles } from '../stores/imports/import-files.js';
import { ChangePublisher } from './directory/publisher.js';
import type { AdminEnvironment } from './environment.js';
import type { AdminRouteOptions } from './routes/admin-routes.js';
import { cardRoutes } from './routes/cards.js';
import { changeRoutes } from './routes/changes.js';
import { employeeRoutes } from './routes/employees.js';
import { importRoutes } from './routes/imports.js';
import { Me, meRoute } from './routes/me.js';
import { movementRoutes } from './routes/movements.js';
import { ReaderKeyIssued, ReaderKeyList, readerKeyRoutes } from './routes/reader-keys.js';
import { siteRoutes } from './routes/site.js';
import { authenticate, requireAction, userOf } from './sign-in/authenticate.js';
import { useConsoleOrigin } from './sign-in/console-origin.js';
import type { TokenVerifier } from './sign-in/token-verifier.js';
import { useStrictValidation } from './strict-validation.js';

export interface AdminParts {
  environment: AdminEnvironment;
  dynamodb: DynamoDBClient;
  sns: SNSClient;
  s3: S3Client;
  verify: TokenVerifier;
  logger: FastifyBaseLogger;
}

/** No document of this API is large; files go to the bucket. */
const BODY_LIMIT_BYTES = 65_536;

/** Builds the back office's API; how requests come to it, by a socket or as events of API Gateway, is the caller's. */
export async function buildAdminApp(parts: AdminParts): Promise<FastifyInstance> {
  const { environment, dynamodb, sns, s3, logger } = parts;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: answerFrameworkError,
  });
  for (const schema of [
    CardWithPresence,
    ChangeStatus,
    ChangeStatusPage,
    Decision,
    DecisionPage,
    EmployeeDetail,
    EmployeePage,
    ImportStatus,
    ImportUpload,
    ItemProblem,
    Me,
    Muster,
    Occupancy,
    Problem,
    ReaderKeyIssued,
    ReaderKeyList,
  ]) {
    app.addSchema(schema);
  }
  useStrictValidation(app);
  // What Fastify takes besides JSON no route understands.
  app.removeContentTypeParser('text/plain');
  // Before what refuses a preflight for having no route of its own.
  useConsoleOrigin(app, environment.ALLOWED_ORIGIN);
  useProblemDetails(app, { description: '/openapi.json' });
  await useDescription(app);
  await app.register(async (api) => {
    authenticate(api, parts.verify);
    // A route that forgot to say what it takes must not be open to nobody in particular.
    api.addHook('onRequest', async (request) => void userOf(request));
    refuseUnknownParameters(api);
    const options: AdminRouteOptions = {
      dynamodb,
      tables: environment,
      changes: new ChangePublisher({
        sns,
        dynamodb,
        topicArn: environment.CHANGES_TOPIC_ARN,
        tableChanges: environment.TABLE_CHANGES,
        now: () => Date.now(),
      }),
      allow: requireAction,
    };
    meRoute(api);
    employeeRoutes(api, options);
    cardRoutes(api, options);
    changeRoutes(api, options);
    siteRoutes(api, options);
    readerKeyRoutes(api, options);
    importRoutes(api, { ...options, imports: new ImportFiles(s3, environment.UPLOADS_BUCKET) });
    movementRoutes(api, options);
  });
  return app;
}

/** OpenAPI 3.1, made from the routes' own schemas, at /openapi.json. Before the routes. */
async function useDescription(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Swipegate admin API',
        version: '0.1.0',
        description: 'Employees, their cards, doors and keys. Every change is an event, with who, when and why.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Of the sign-in service' },
        },
      },
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => String(schema['$id'] ?? `schema-${index}`),
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
}
