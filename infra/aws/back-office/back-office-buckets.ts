import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { type Bucket, BucketEncryption, HttpMethods } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type BucketName, buckets } from '../../resources.js';
import { constructId } from '../constructs/functions.js';
import type { Settings } from '../constructs/settings.js';
import { accessLogs, logAccess, privateBucket, resourceOf } from '../constructs/storage.js';
import type { Queues } from './back-office-queues.js';

const LOGS_DAYS = 365;
const PREFLIGHT_SECONDS = 600;

export interface BucketProps {
  settings: Settings;
  queues: Queues;
  key: Key;
  /** Origin of the console's page, which uploads files. */
  consoleOrigin: string;
}

/** Event store and uploads bucket, as infra/resources.ts defines them. Each notifies its queue of new objects. */
export function backOfficeBuckets(scope: Construct, props: BucketProps): Readonly<Record<BucketName, Bucket>> {
  const logs = accessLogs(scope, props.settings, Duration.days(LOGS_DAYS));
  return { events: bucket(scope, 'events', props, logs), uploads: bucket(scope, 'uploads', props, logs) };
}

function bucket(scope: Construct, id: BucketName, props: BucketProps, logs: Bucket): Bucket {
  const { versioned, expireDays, consoleMethods = [], notices } = buckets[id];
  const made = privateBucket(scope, constructId(id), props.settings, {
    versioned,
    encryption: BucketEncryption.KMS,
    encryptionKey: props.key,
    bucketKeyEnabled: true,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...(expireDays === undefined ? [] : [{ expiration: Duration.days(expireDays) }]),
    ],
    cors:
      consoleMethods.length === 0
        ? []
        : [
            {
              allowedOrigins: [props.consoleOrigin],
              allowedMethods: consoleMethods.map((method) => HttpMethods[method]),
              // Any header is fine: the signed form limits the upload.
              allowedHeaders: ['*'],
              maxAge: PREFLIGHT_SECONDS,
            },
          ],
  });
  logAccess(made, logs);
  notify(made, notices, props.queues);
  return made;
}

/**
 * Sets notifications as a property of the bucket: CDK's own way is a function that may change those of every bucket
 * of the account. S3 tests each queue when the notification is set, so the queue's policy comes first. The bucket has
 * no name yet at that time, so the policy can restrict only its account.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
 */
function notify(bucket: Bucket, notices: (typeof buckets)[BucketName]['notices'], queues: Queues): void {
  const { account } = Stack.of(bucket);
  const resource = resourceOf(bucket);
  resource.notificationConfiguration = {
    queueConfigurations: notices.map(({ prefix, queue }) => ({
      event: 's3:ObjectCreated:*',
      queue: queues[queue].queueArn,
      filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
    })),
  };
  for (const { queue } of notices) {
    const { policyDependable } = queues[queue].addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queues[queue].queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    if (policyDependable !== undefined) resource.node.addDependency(policyDependable);
  }
}
