import { INDEXES } from '@swipegate/contract';
import { RESULTS_PREFIX, UPLOADS_PREFIX } from '@swipegate/lambdas/stores/changes/object-keys';
import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { bundledFunction } from '../constructs/functions.js';
import { allowList, allowObjects, allowPublish, allowTable } from '../constructs/grants.js';
import type { BackOfficeParts } from './back-office-stack.js';
import type { SignIn } from './sign-in.js';

/** API Gateway gives up after 30 s. */
const TIMEOUT_SECONDS = 20;

/** The admin API's function. It reads tables and publishes changes; it writes only the progress of changes. */
export function adminFunction(
  scope: Construct,
  { settings, bundles, tables, buckets, topic, key }: BackOfficeParts,
  { issuer, clientId }: Pick<SignIn, 'issuer' | 'clientId'>,
): LambdaFunction {
  const admin = bundledFunction(scope, 'admin', {
    settings,
    bundles,
    timeout: Duration.seconds(TIMEOUT_SECONDS),
    environment: {
      TOKEN_ISSUER: issuer,
      TOKEN_CLIENT_ID: clientId,
      CHANGES_TOPIC_ARN: topic.topicArn,
      UPLOADS_BUCKET: buckets.uploads.bucketName,
    },
  });
  allowTable(admin, tables.changes, ['BatchGetItem', 'UpdateItem']);
  allowTable(admin, tables.changes, ['Query'], Object.values(INDEXES.changes));
  allowTable(admin, tables.cards, ['BatchGetItem']);
  allowTable(admin, tables.employees, ['BatchGetItem']);
  allowTable(admin, tables.employees, ['Query'], [INDEXES.employees.byName]);
  allowTable(admin, tables.site, ['BatchGetItem', 'GetItem', 'Query']);
  allowTable(admin, tables.presence, ['BatchGetItem']);
  allowTable(admin, tables.presence, ['Query'], [INDEXES.presence.byBuilding]);
  allowTable(admin, tables.decisions, ['Query'], Object.values(INDEXES.decisions));
  allowTable(admin, tables.occupancy, ['Query']);
  // PutObject: browsers upload with forms that this function signs. GetObject: it checks whether a file exists.
  allowObjects(admin, buckets.uploads, UPLOADS_PREFIX, ['GetObject', 'PutObject']);
  allowObjects(admin, buckets.uploads, RESULTS_PREFIX, ['GetObject']);
  allowList(admin, buckets.uploads);
  // Also allows the key of the uploads bucket: it is the topic's key.
  allowPublish(admin, topic, key);
  return admin;
}
