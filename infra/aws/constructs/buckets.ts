import { type Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { keeping } from './keeping.js';
import type { Settings } from './settings.js';

/** It hosts no site: CloudFront, where it stands before a bucket, reads it as a bucket. */
export class PrivateBucket extends Bucket {
  override get isWebsite(): boolean {
    return false;
  }
}

/** A bucket that nobody reads who is not told so, and that is asked by TLS alone. */
export function privateBucket(
  scope: Construct,
  id: string,
  settings: Settings,
  props: BucketProps = {},
): PrivateBucket {
  return new PrivateBucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    encryption: BucketEncryption.S3_MANAGED,
    removalPolicy: keeping(settings).removalPolicy,
    ...props,
  });
}

/** Where a stack's buckets, and what else logs into S3, write who asked for what. */
export function accessLogs(
  scope: Construct,
  settings: Settings,
  keep: Duration,
  props: BucketProps = {},
): PrivateBucket {
  const logs = privateBucket(scope, 'AccessLogs', settings, {
    lifecycleRules: [{ expiration: keep }],
    ...props,
  });
  Validations.of(logs).acknowledge({
    id: 'AwsSolutions::AwsSolutions-S1',
    reason: 'It holds the access logs of the others; its own would be logged into itself.',
  });
  return logs;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
export function logAccess(bucket: Bucket, logs: Bucket): void {
  const prefix = `${bucket.node.id}/`;
  resourceOf(bucket).loggingConfiguration = { destinationBucketName: logs.bucketName, logFilePrefix: prefix };
  logs.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`${prefix}*`)],
      conditions: {
        ArnLike: { 'aws:SourceArn': bucket.bucketArn },
        StringEquals: { 'aws:SourceAccount': Stack.of(bucket).account },
      },
    }),
  );
}

/** What CloudFormation makes of a bucket. */
export function resourceOf(bucket: Bucket): CfnBucket {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw new TypeError(`${bucket.node.path} is no bucket`);
  return resource;
}
