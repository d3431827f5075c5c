import awsLambdaFastify from '@fastify/aws-lambda';
import { composeAdminApp } from './app.js';

/** The admin API behind API Gateway (HTTP API, payload 2.0), whose JWT authorizer has already checked the token. */
export const handler = awsLambdaFastify(await composeAdminApp(process.env));
