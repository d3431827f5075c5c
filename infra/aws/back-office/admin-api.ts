import { CONSOLE_MAY } from '@swipegate/http/sign-in/console-origin';
import { Duration, type Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { aliasRecord, certificateOf, zoneOf } from '../constructs/dns.js';
import type { Settings } from '../constructs/settings.js';
import { newLogGroup } from '../constructs/storage.js';
import type { SignIn } from './sign-in.js';

/** Limit for all users together. It suits people who click; bulk imports use a file instead. */
const REQUESTS_PER_SECOND = 50;
const BURST = 100;
/** Paths that need no token: they reveal nothing about people. */
const OPEN = ['/healthz', '/openapi.json'];

export interface AdminApiProps {
  settings: Settings;
  signIn: Pick<SignIn, 'issuer' | 'clientId'>;
  admin: LambdaFunction;
  consoleOrigin: string;
}

/**
 * HTTP API in front of the admin function. It accepts only tokens that the user pool issued to the console.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * @returns the API's URL, without a trailing slash
 */
export function adminApi(scope: Stack, { settings, signIn, admin, consoleOrigin }: AdminApiProps): string {
  const domain = settings.SWIPEGATE_ADMIN_DOMAIN;
  const api = new HttpApi(scope, 'AdminApi', {
    apiName: scope.stackName,
    description: 'Swipegate: admin API',
    createDefaultStage: false,
    disableExecuteApiEndpoint: domain !== undefined,
    // API Gateway answers preflights, which carry no token; the routes below have no OPTIONS.
    corsPreflight: {
      allowOrigins: [consoleOrigin],
      allowMethods: CONSOLE_MAY.methods.map((method) => CorsHttpMethod[method]),
      allowHeaders: [...CONSOLE_MAY.headers],
      exposeHeaders: [...CONSOLE_MAY.exposed],
      maxAge: Duration.seconds(CONSOLE_MAY.preflightSeconds),
    },
  });
  const integration = new HttpLambdaIntegration('Admin', admin);
  // Access tokens of a user pool have no `aud`; the authorizer then compares `client_id` with the audience.
  const authorizer = new HttpJwtAuthorizer('Users', signIn.issuer, { jwtAudience: [signIn.clientId] });
  const methods = CONSOLE_MAY.methods.map((method) => HttpMethod[method]);
  api.addRoutes({ path: '/v1/{path+}', methods, integration, authorizer });
  for (const path of OPEN) {
    const open = { path, methods: [HttpMethod.GET], integration, authorizer: new HttpNoneAuthorizer() };
    for (const route of api.addRoutes(open)) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions::AwsSolutions-APIG4',
        reason: 'The answer has no personal data: only that the function runs, or the API description.',
      });
    }
  }
  const stage = new HttpStage(scope, 'AdminStage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: REQUESTS_PER_SECOND, burstLimit: BURST },
    accessLogSettings: {
      destination: new LogGroupLogDestination(newLogGroup(scope, 'AdminAccess', settings, RetentionDays.ONE_YEAR)),
      format: FORMAT,
    },
  });
  if (domain === undefined) return api.apiEndpoint;
  const zone = zoneOf(scope, settings, domain);
  const name = new DomainName(scope, 'AdminDomain', {
    domainName: domain,
    certificate: certificateOf(scope, 'AdminCertificate', zone, domain),
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  new ApiMapping(scope, 'AdminMapping', { api, domainName: name, stage });
  const target = new ApiGatewayv2DomainProperties(name.regionalDomainName, name.regionalHostedZoneId);
  aliasRecord(scope, 'AdminName', zone, domain, target);
  return `https://${domain}`;
}

/**
 * Access log: user, request, time and result. Bodies and tokens are not logged.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    user: '$context.authorizer.claims.sub',
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    bytes: '$context.responseLength',
    ms: '$context.responseLatency',
    authorizerError: '$context.authorizer.error',
    integrationError: '$context.integrationErrorMessage',
  }),
);
