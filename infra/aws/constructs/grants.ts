import { Stack, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { resourceOf } from './storage.js';

/** Grants exactly these calls. CDK's own grants are wider: on a table, for example, they include Scan and streams. */
export function allow(grantee: IGrantable, actions: readonly string[], resources: readonly string[]): void {
  const statement = new PolicyStatement({ actions: [...actions], resources: [...resources] });
  grantee.grantPrincipal.addToPrincipalPolicy(statement);
}

/**
 * Grants calls on a table, or on a table and its indexes.
 * Action names: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function allowTable(
  grantee: IGrantable,
  table: TableV2,
  actions: readonly string[],
  indexes: readonly string[] = [],
): void {
  const calls = actions.map((action) => `dynamodb:${action}`);
  allow(grantee, calls, [table.tableArn, ...indexes.map((index) => `${table.tableArn}/index/${index}`)]);
}

/** Grants calls on the row of a table whose partition key is `key`, and on no other. */
export function allowRow(grantee: IGrantable, table: TableV2, actions: readonly string[], key: string): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [key] } },
    }),
  );
}

/**
 * Grants calls on a table that name no other attributes than these, and return none
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html).
 */
export function allowAttributes(
  grantee: IGrantable,
  table: TableV2,
  actions: readonly string[],
  attributes: readonly string[],
): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [table.tableArn],
      conditions: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
        StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
      },
    }),
  );
}

/**
 * Grants use of the key of a stream, bucket or topic. Writers need GenerateDataKey, readers need Decrypt.
 * https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
 */
export function allowKey(grantee: IGrantable, key: Key, actions: readonly ('GenerateDataKey' | 'Decrypt')[]): void {
  const calls = actions.map((action) => `kms:${action}`);
  allow(grantee, calls, [key.keyArn]);
}

/** Action names: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
export function allowQueue(grantee: IGrantable, queue: IQueue, actions: readonly string[]): void {
  const calls = actions.map((action) => `sqs:${action}`);
  allow(grantee, calls, [queue.queueArn]);
}

/** Grants publishing to an encrypted topic. A publisher needs GenerateDataKey, and Decrypt for the cached data key. */
export function allowPublish(grantee: IGrantable, topic: ITopic, key: Key): void {
  allow(grantee, ['sns:Publish'], [topic.topicArn]);
  allowKey(grantee, key, ['GenerateDataKey', 'Decrypt']);
}

/** Grants calls on the objects whose keys begin with `prefix`. */
export function allowObjects(
  grantee: IGrantable,
  bucket: Bucket,
  prefix: string,
  actions: readonly ('GetObject' | 'PutObject')[],
): void {
  const { grantPrincipal } = grantee;
  const calls = actions.map((action) => `s3:${action}`);
  allow(grantee, calls, [bucket.arnForObjects(`${prefix}*`)]);
  if (!Construct.isConstruct(grantPrincipal)) return;
  const name = Stack.of(bucket).getLogicalId(resourceOf(bucket));
  Validations.of(grantPrincipal).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${name}.Arn>/${prefix}*]`,
    reason: 'Objects below one prefix of one bucket; their names are unknown beforehand.',
  });
}

/** Grants s3:ListBucket. Without it S3 answers 403, not 404, for a missing key. */
export function allowList(grantee: IGrantable, bucket: Bucket): void {
  allow(grantee, ['s3:ListBucket'], [bucket.bucketArn]);
}
