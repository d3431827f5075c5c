import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { type Bucket, HttpMethods } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type BucketName, type BucketResource, buckets } from '../../resources.js';
import { constructId } from '../constructs/functions.js';
import type { Settings } from '../constructs/settings.js';
import { accessLogs, encryptedBy, logAccess, privateBucket, resourceOf } from '../constructs/storage.js';
import type { Queues } from './back-office-queues.js';

const LOGS_DAYS = 365;
const PREFLIGHT_SECONDS = 600;

export interface BucketProps {
  settings: Settings;
  queues: Queues;
  key: Key;
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
    ...encryptedBy(props.key),
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...(expireDays === undefined ? [] : [{ expiration: Duration.days(expireDays) }]),
    ],
  });
  if (consoleMethods.length > 0) {
    made.addCorsRule({
      allowedOrigins: [props.consoleOrigin],
      allowedMethods: consoleMethods.map((method) => HttpMethods[method]),
      // Any header is fine: the signed form limits the upload.
      allowedHeaders: ['*'],
      maxAge: PREFLIGHT_SECONDS,
    });
  }
  logAccess(made, logs);
  notify(made, notices, props.queues);
  return made;
}

/**
 * Sets notifications as a property of the bucket: CDK's own function could change those of every bucket of the
 * account. S3 tests each queue when the notification is set, so the queue's policy comes first; it can restrict only
 * the account, because the bucket has no name yet.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
 */
function notify(bucket: Bucket, notices: BucketResource['notices'], queues: Queues): void {
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
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(bucket).account } },
      }),
    );
    if (policyDependable !== undefined) resource.node.addDependency(policyDependable);
  }
}
