import { DefaultStackSynthesizer, type Stack, Token, Validations } from 'aws-cdk-lib';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { type PrivateBucket, resourceOf } from '../constructs/buckets.js';
import type { HostedConsole } from './console-stack.js';

/**
 * Copies the console's files and config.json to a bucket with each deployment, and deletes files that the deployment no
 * longer has. File names do not change with their contents, so browsers and CloudFront must revalidate.
 */
export function deployFiles(scope: Stack, { bundle, config, headers }: HostedConsole, bucket: PrivateBucket): void {
  const deployment = new BucketDeployment(scope, 'Deployment', {
    sources: [Source.asset(bundle), Source.jsonData('config.json', config)],
    destinationBucket: bucket,
    cacheControl: [CacheControl.fromString(headers['cache-control'] ?? 'no-cache')],
  });
  // The construct that holds the function's role and code.
  const { scope: copier } = deployment.handlerRole.node;
  if (copier === undefined) throw new TypeError(`${deployment.node.path} has no function`);
  const files = scope.getLogicalId(resourceOf(bucket));
  const account = Token.isUnresolved(scope.account) ? '<AWS::AccountId>' : scope.account;
  const built = `arn:<AWS::Partition>:s3:::cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-${account}-${scope.region}/*`;
  const reason =
    'CDK’s own function, which copies the files: it reads the build assets and writes only to this bucket.';
  Validations.of(copier).acknowledge(
    { id: 'AwsSolutions::AwsSolutions-L1', reason: 'CDK’s own function, on the runtime that CDK tests it with.' },
    {
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason: 'CDK’s own function: it writes its log.',
    },
    ...['GetObject*', 'GetBucket*', 'List*', 'DeleteObject*', 'Abort*'].map((action) => ({
      id: `AwsSolutions::AwsSolutions-IAM5[Action::s3:${action}]`,
      reason,
    })),
    ...[`<${files}.Arn>/*`, built].map((resource) => ({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`,
      reason,
    })),
  );
}
