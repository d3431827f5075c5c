import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { BackOfficeSubject } from '../../dashboard/dashboard.js';
import type { Settings } from '../constructs/settings.js';
import { encryptionKey } from '../constructs/storage.js';
import type { Tables } from '../data/data-stack.js';
import { adminApi } from './admin-api.js';
import { backOfficeBuckets } from './back-office-buckets.js';
import { adminFunction, type BackOfficeResources, type Consumers, consumerFunctions } from './back-office-functions.js';
import { backOfficeQueues, changesTopic, type Queues } from './back-office-queues.js';
import { type SignIn, signIn } from './sign-in.js';

export interface BackOfficeStackProps extends StackProps {
  settings: Settings;
  /** Domain name of the console. */
  consoleDomain: string;
  tables: Tables;
  bundles: string;
}

/**
 * The back office: sign-in, and the path of changes of people, cards and doors. They go from the admin API through a
 * topic and a queue into the event store, and from there into the tables.
 */
export class BackOfficeStack extends Stack {
  readonly signIn: SignIn;
  readonly consoleDomain: string;
  /** Queue and function names, which are the dimensions of their CloudWatch metrics. */
  readonly watched: Readonly<Record<BackOfficeSubject, string>>;
  /** URL of the admin API, without a trailing slash. */
  readonly apiUrl: string;

  constructor(
    scope: Construct,
    id: string,
    { settings, consoleDomain, tables, bundles, ...props }: BackOfficeStackProps,
  ) {
    super(scope, id, props);
    this.consoleDomain = consoleDomain;
    const consoleOrigin = `https://${consoleDomain}`;
    const key = encryptionKey(this, settings, 'Changes in transit and in the event store, and uploaded files');
    const queues = backOfficeQueues(this, settings);
    const topic = changesTopic(this, settings.SWIPEGATE_STAGE, queues, key);
    const buckets = backOfficeBuckets(this, { settings, queues, key, consoleOrigin });
    const resources: BackOfficeResources = { settings, bundles, tables, queues, topic, buckets, key };
    const consumers = consumerFunctions(this, resources);
    this.signIn = signIn(this, settings, `${consoleOrigin}/`);
    const admin = adminFunction(this, resources, this.signIn);
    this.apiUrl = adminApi(this, { settings, signIn: this.signIn, admin, consoleOrigin });
    this.watched = namesOf(queues, { ...consumers, admin });
    const { events, uploads } = buckets;
    new CfnOutput(this, 'EventsBucket', { value: events.bucketName, description: 'The event store (EVENTS_BUCKET)' });
    new CfnOutput(this, 'UploadsBucket', { value: uploads.bucketName, description: 'Uploads (UPLOADS_BUCKET)' });
    new CfnOutput(this, 'ApiUrl', { value: this.apiUrl, description: 'The admin API' });
    new CfnOutput(this, 'UserPoolId', { value: this.signIn.pool.userPoolId, description: 'The user pool' });
    new CfnOutput(this, 'ClientId', { value: this.signIn.clientId, description: 'The console’s app client' });
  }
}

function namesOf(
  queues: Queues,
  { store, apply, fileImport, admin }: Consumers & { admin: LambdaFunction },
): Record<BackOfficeSubject, string> {
  return {
    'changes queue': queues.changes.queueName,
    'changesDead queue': queues.changesDead.queueName,
    'stored queue': queues.stored.queueName,
    'storedDead queue': queues.storedDead.queueName,
    'uploads queue': queues.uploads.queueName,
    'uploadsDead queue': queues.uploadsDead.queueName,
    'admin function': admin.functionName,
    'change-store function': store.functionName,
    'change-apply function': apply.functionName,
    'change-import function': fileImport.functionName,
  };
}
