import { CfnResource, type Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Settings } from './settings.js';

/**
 * Decides whether resources that hold data survive the deletion of their stack. The rollback of a failed first create
 * deletes them in any case: a table or stream that stayed would block the next try by its name.
 */
export function removalPolicy({ SWIPEGATE_KEEP_DATA }: Settings): RemovalPolicy {
  return SWIPEGATE_KEEP_DATA === 'yes' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}

/**
 * Whether AWS refuses to delete. Not before the first deployment has succeeded: a stack whose first create failed must
 * be deleted before it can be created again.
 */
export function isProtected({ SWIPEGATE_DELETION_PROTECTION }: Settings): boolean {
  return SWIPEGATE_DELETION_PROTECTION === 'yes';
}

/** {@link removalPolicy} and deletion protection, for tables and user pools. */
export function protection(settings: Settings): { removalPolicy: RemovalPolicy; deletionProtection: boolean } {
  return { removalPolicy: removalPolicy(settings), deletionProtection: isProtected(settings) };
}

/** Key of a stack, rotated each year. */
export function encryptionKey(scope: Construct, settings: Settings, description: string): Key {
  return new Key(scope, 'Key', { description, enableKeyRotation: true, removalPolicy: removalPolicy(settings) });
}

export function newLogGroup(
  scope: Construct,
  id: string,
  settings: Settings,
  retention = RetentionDays.THREE_MONTHS,
): LogGroup {
  return new LogGroup(scope, id, { retention, removalPolicy: removalPolicy(settings) });
}

/** A bucket that is never a website, so CloudFront reads it through the S3 API. */
export class PrivateBucket extends Bucket {
  override get isWebsite(): boolean {
    return false;
  }
}

/** A bucket without public access that accepts only TLS. With SWIPEGATE_KEEP_DATA=no it is emptied, then deleted. */
export function privateBucket(
  scope: Construct,
  id: string,
  settings: Settings,
  props: BucketProps = {},
): PrivateBucket {
  const bucket = new PrivateBucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    encryption: BucketEncryption.S3_MANAGED,
    // Stays after a failed create too: a rollback cannot delete a bucket that services have written to, and no name
    // that AWS generates blocks the next try.
    removalPolicy: settings.SWIPEGATE_KEEP_DATA === 'yes' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    autoDeleteObjects: settings.SWIPEGATE_KEEP_DATA === 'no',
    ...props,
  });
  logEmptying(Stack.of(scope), settings);
  return bucket;
}

/** Gives CDK's own function that empties buckets a log group of the stack: the one that Lambda makes would stay. */
function logEmptying(stack: Stack, settings: Settings): void {
  const emptying = stack.node.tryFindChild('Custom::S3AutoDeleteObjectsCustomResourceProvider');
  const emptier = emptying?.node.tryFindChild('Handler');
  if (!(emptier instanceof CfnResource) || stack.node.tryFindChild('EmptyingLogs') !== undefined) return;
  emptier.addPropertyOverride('LoggingConfig.LogGroup', newLogGroup(stack, 'EmptyingLogs', settings).logGroupName);
}

/** Encryption of a bucket by a key of ours. */
export function encryptedBy(encryptionKey: Key): BucketProps {
  return { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
}

/** Bucket for the access logs of a stack: its buckets and other services that log to S3. */
export function accessLogs(
  scope: Construct,
  settings: Settings,
  keep: Duration,
  props: BucketProps = {},
): PrivateBucket {
  const logs = privateBucket(scope, 'AccessLogs', settings, { lifecycleRules: [{ expiration: keep }], ...props });
  Validations.of(logs).acknowledge({
    id: 'AwsSolutions::AwsSolutions-S1',
    reason: 'The bucket holds the access logs of other buckets; logging access to it would log into itself.',
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

/** CloudFormation resource of a bucket. @throws {TypeError} for an imported bucket */
export function resourceOf(bucket: Bucket): CfnBucket {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw new TypeError(`${bucket.node.path} has no CfnBucket`);
  return resource;
}
