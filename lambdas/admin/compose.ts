import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { pino } from 'pino';
import { type AdminParts, buildAdminApp } from './app.js';
import { readEnvironment } from './environment.js';
import { createTokenVerifier } from './sign-in/token-verifier.js';

/** Builds the admin API from environment variables. @throws {EnvironmentError} listing each invalid variable */
export async function composeAdminApp(env: Readonly<Record<string, string | undefined>>) {
  const environment = readEnvironment(env);
  const { TOKEN_ISSUER: issuer, TOKEN_CLIENT_ID: clientId, TOKEN_JWKS_URL } = environment;
  const parts: AdminParts = {
    environment,
    dynamodb: new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) }),
    sns: new SNSClient({ requestHandler: new NodeHttpHandler({}) }),
    s3: new S3Client({ requestHandler: new NodeHttpHandler({}), forcePathStyle: true }),
    verify: createTokenVerifier({ issuer, clientId, jwksUri: TOKEN_JWKS_URL ?? `${issuer}/.well-known/jwks.json` }),
    logger: pino({ level: environment.LOG_LEVEL, base: { function: 'admin' } }),
  };
  return buildAdminApp(parts);
}
