import { Stack, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { resourceOf } from './buckets.js';

/**
 * What CDK's own grants would allow is wider than what is called: they bring Scan, DescribeTable, streams and indexes along.
 * Here a caller gets the calls that its code makes, on the tables that it makes them on.
 *
 * Action names: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function allowTable(
  grantee: IGrantable,
  table: TableV2,
  actions: readonly string[],
  indexes: readonly string[] = [],
): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [table.tableArn, ...indexes.map((index) => `${table.tableArn}/index/${index}`)],
    }),
  );
}

/**
 * The key of a stream, a bucket or a topic: who writes there makes data keys with it, who reads decrypts them.
 * https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
 */
export function allowKey(grantee: IGrantable, key: Key, actions: readonly ('GenerateDataKey' | 'Decrypt')[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: actions.map((action) => `kms:${action}`), resources: [key.keyArn] }),
  );
}

/** The calls of a function on a queue: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
export function allowQueue(grantee: IGrantable, queue: IQueue, actions: readonly string[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: actions.map((action) => `sqs:${action}`), resources: [queue.queueArn] }),
  );
}

/** A topic that a key of ours encrypts: who publishes makes data keys, and decrypts the one that SNS keeps meanwhile. */
export function allowPublish(grantee: IGrantable, topic: ITopic, key: Key): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }),
  );
  allowKey(grantee, key, ['GenerateDataKey', 'Decrypt']);
}

/** Calls on the objects of a bucket whose keys begin so. */
export function allowObjects(
  grantee: IGrantable,
  bucket: Bucket,
  prefix: string,
  actions: readonly ('GetObject' | 'PutObject')[],
): void {
  const { grantPrincipal } = grantee;
  grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: actions.map((action) => `s3:${action}`),
      resources: [bucket.arnForObjects(`${prefix}*`)],
    }),
  );
  if (!Construct.isConstruct(grantPrincipal)) return;
  const name = Stack.of(bucket).getLogicalId(resourceOf(bucket));
  Validations.of(grantPrincipal).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${name}.Arn>/${prefix}*]`,
    reason: 'Objects below one prefix of one bucket, whose names are made as they come.',
  });
}

/** To list a bucket; without it one that asks for an object that is not there is told that it may not ask. */
export function allowList(grantee: IGrantable, bucket: Bucket): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
  );
}
