import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';

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
 * A stream's key: who writes to the stream makes data keys with it, who reads decrypts them.
 * https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
 */
export function allowKey(grantee: IGrantable, key: Key, actions: readonly ('GenerateDataKey' | 'Decrypt')[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: actions.map((action) => `kms:${action}`), resources: [key.keyArn] }),
  );
}
