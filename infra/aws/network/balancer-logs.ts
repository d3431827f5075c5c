import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { keeping } from '../constructs/keeping.js';
import type { Settings } from '../constructs/settings.js';

const KEEP_DAYS = 90;

/**
 * Logs each request of the load balancer into a bucket; with client certificates also each connection, for one that TLS
 * refuses never becomes a request.
 *
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-connection-logging.html
 */
export function logBalancer(settings: Settings, balancer: ApplicationLoadBalancer): void {
  const stack = Stack.of(balancer);
  const logs = new Bucket(stack, 'AccessLogs', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    // A load balancer writes to no other kind.
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(KEEP_DAYS) }],
    removalPolicy: keeping(settings).removalPolicy,
  });
  Validations.of(logs).acknowledge({
    id: 'AwsSolutions::AwsSolutions-S1',
    reason: 'It holds access logs; its own would be logged into itself.',
  });
  logs.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`AWSLogs/${stack.account}/*`)],
    }),
  );
  // A load balancer tries to write when it is told where; without the policy it, and with it the deployment, would fail.
  balancer.node.addDependency(logs);
  // Both lie in the same folders; files of connections begin with conn_log.
  const kinds =
    settings.SWIPEGATE_CLIENT_CA_BUCKET === undefined ? ['access_logs'] : ['access_logs', 'connection_logs'];
  for (const kind of kinds) {
    balancer.setAttribute(`${kind}.s3.enabled`, 'true');
    balancer.setAttribute(`${kind}.s3.bucket`, logs.bucketName);
  }
}
