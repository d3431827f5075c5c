import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import swagger from '@fastify/swagger';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import {
  CardReadingList,
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
  Lockdown,
  LockdownList,
  Muster,
  Occupancy,
  Problem,
  TRUSTED_SCHEMAS,
  UnknownCardList,
  UnpairedDeviceList,
} from '@swipegate/contract';
import { AttendancePage } from '@swipegate/contract/back-office/attendance';
import { VisitPage } from '@swipegate/contract/back-office/visits';
import { LAZY_SERIALIZERS, lazyValidator } from '@swipegate/http/lazy-schemas';
import { refuseUnknownParameters } from '@swipegate/http/list-parameters';
import { answerFrameworkError, useProblemDetails } from '@swipegate/http/problem-details';
import { authenticate, authorize } from '@swipegate/http/sign-in/authenticate';
import { useConsoleOrigin } from '@swipegate/http/sign-in/console-origin';
import { sharedKeysWriter } from '@swipegate/http/sign-in/shared-keys';
import { createTokenVerifier, keySetOf, type TokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import { ROLL_CALL_SCHEMAS } from '@swipegate/movements/roll-calls/roll-call-routes';
import { Ajv, type AnySchema } from 'ajv';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { pino } from 'pino';
import { ImportFiles } from '../stores/changes/import-files.js';
import { ImportOffers } from '../stores/changes/import-offers.js';
import { attendanceRoutes } from './attendance/attendance-routes.js';
import { readEntry } from './directory/entries.js';
import { ChangePublisher } from './directory/publisher.js';
import { type AdminEnvironment, readEnvironment } from './environment.js';
import { lockdownRoutes } from './lockdown/lockdown-routes.js';
import { accessRoutes, Cardholders, EmployeeAccess, SiteDependents } from './routes/access.js';
import type { AdminRouteOptions } from './routes/admin-routes.js';
import { cardRoutes } from './routes/cards.js';
import { changeRoutes } from './routes/changes.js';
import { DeviceCommandList, deviceCommandRoutes } from './routes/device-commands.js';
import { DeviceList, deviceRoutes } from './routes/devices.js';
import { employeeRoutes } from './routes/employees.js';
import { importRoutes } from './routes/imports.js';
import { Me, meRoute } from './routes/me.js';
import { movementRoutes } from './routes/movements.js';
import { permitRoutes } from './routes/permits.js';
import { ReaderKeyIssued, ReaderKeyList, readerKeyRoutes } from './routes/reader-keys.js';
import { siteRoutes } from './routes/site.js';
import { OperatorKeyIssued, OperatorKeyList, TenantSettings, tenantRoutes } from './routes/tenant.js';
import { visitRoutes } from './visits/visit-routes.js';

export interface AdminParts {
  environment: AdminEnvironment;
  dynamodb: DynamoDBClient;
  sns: SNSClient;
  s3: S3Client;
  verify: TokenVerifier;
  logger: FastifyBaseLogger;
}

/** JSON bodies are small; CSV files are uploaded to the bucket. */
const BODY_LIMIT_BYTES = 65_536;

/** Builds the admin API from environment variables. @throws {EnvironmentError} listing each invalid variable */
export function composeAdminApp(env: Readonly<Record<string, string | undefined>>): Promise<FastifyInstance> {
  const environment = readEnvironment(env);
  const { TOKEN_ISSUER: issuer, TOKEN_CLIENT_ID: clientId, TOKEN_JWKS_URL, TABLE_API_KEYS } = environment;
  const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
  const logger = pino({ level: environment.LOG_LEVEL, base: { function: 'admin' } });
  const share = sharedKeysWriter(dynamodb, TABLE_API_KEYS);
  return buildAdminApp({
    environment,
    dynamodb,
    sns: new SNSClient({ requestHandler: new NodeHttpHandler({}) }),
    s3: new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: true }),
    verify: createTokenVerifier({
      issuer,
      clientId,
      jwksUri: TOKEN_JWKS_URL ?? keySetOf(issuer),
      // The console asks this API first, so a gateway has the keys before it sees a token.
      onKeys: (keys) =>
        share(keys).catch((error: unknown) => logger.warn({ err: error }, 'the sign-in keys were not shared')),
    }),
    logger,
  });
}

/** Builds the admin API. The caller feeds it requests from a socket or from API Gateway events. */
export async function buildAdminApp(parts: AdminParts): Promise<FastifyInstance> {
  const { environment, dynamodb, sns, s3, logger } = parts;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true },
    schemaController: LAZY_SERIALIZERS,
    frameworkErrors: answerFrameworkError,
  });
  for (const schema of [
    AttendancePage,
    Cardholders,
    CardReadingList,
    CardWithPresence,
    ChangeStatus,
    ChangeStatusPage,
    Decision,
    DecisionPage,
    DeviceCommandList,
    DeviceList,
    EmployeeAccess,
    EmployeeDetail,
    EmployeePage,
    ImportStatus,
    ImportUpload,
    ItemProblem,
    Lockdown,
    LockdownList,
    Me,
    Muster,
    Occupancy,
    OperatorKeyIssued,
    OperatorKeyList,
    Problem,
    ReaderKeyIssued,
    ReaderKeyList,
    ...ROLL_CALL_SCHEMAS,
    SiteDependents,
    TenantSettings,
    UnknownCardList,
    UnpairedDeviceList,
    VisitPage,
  ]) {
    app.addSchema(schema);
  }
  useStrictValidation(app);
  // Fastify parses text/plain by default; no route accepts it.
  app.removeContentTypeParser('text/plain');
  // Must come before useProblemDetails, which answers 405 to OPTIONS because no route has that method.
  useConsoleOrigin(app, environment.CONSOLE_ORIGIN);
  useProblemDetails(app, { description: '/openapi.json' });
  await useDescription(app);
  await app.register(async (api) => {
    authenticate(api, parts.verify);
    authorize(api, ['/v1/me']);
    refuseUnknownParameters(api);
    const options: AdminRouteOptions = {
      dynamodb,
      tables: environment,
      changes: new ChangePublisher({
        sns,
        dynamodb,
        topicArn: environment.CHANGES_TOPIC_ARN,
        tables: environment,
        readEntry: (tenantId, name) => readEntry(dynamodb, environment, tenantId, name),
      }),
    };
    meRoute(api);
    employeeRoutes(api, options);
    cardRoutes(api, options);
    changeRoutes(api, options);
    siteRoutes(api, options);
    tenantRoutes(api, options);
    deviceRoutes(api, options);
    deviceCommandRoutes(api, options);
    lockdownRoutes(api, options);
    accessRoutes(api, options);
    permitRoutes(api, options);
    readerKeyRoutes(api, options);
    const { UPLOADS_BUCKET } = environment;
    const imports = { imports: new ImportFiles(s3, UPLOADS_BUCKET), offers: new ImportOffers(s3, UPLOADS_BUCKET) };
    importRoutes(api, { ...options, ...imports });
    visitRoutes(api, options);
    movementRoutes(api, options);
    attendanceRoutes(api, options);
  });
  return app;
}

/** Serves OpenAPI 3.1 at /openapi.json. Register before the routes. */
async function useDescription(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Swipegate admin API',
        version: '0.2.0',
        description:
          'Employees, cards, doors and reader keys. Every change is an event that records who, when and why.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          accessToken: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'Issued by the sign-in service',
          },
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

/**
 * Stricter than Fastify's default: refuses unknown members, because a name may be mistyped, and coerces types only in
 * URL and headers. All apps of a process share the validators: ajv keeps them by schema.
 */
const STRICT = { strict: true, verbose: true, useDefaults: false, addUsedSchema: false, ...TRUSTED_SCHEMAS };
const ofBody = new Ajv(STRICT);
const ofText = new Ajv({ ...STRICT, coerceTypes: true });

function useStrictValidation(app: FastifyInstance): void {
  app.setValidatorCompiler<AnySchema>(({ schema, httpPart }) =>
    lazyValidator(() => (httpPart === 'body' ? ofBody : ofText).compile(schema)),
  );
}
