import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Settings } from '../constructs/settings.js';
import { keeping } from '../constructs/storage.js';

const KEEP_DAYS = 90;

/**
 * Logs each request of the load balancer to a bucket. With client certificates it also logs each connection: one that
 * fails the TLS handshake never becomes a request.
 *
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-connection-logging.html
 */
export function logBalancer(settings: Settings, balancer: ApplicationLoadBalancer): void {
  const stack = Stack.of(balancer);
  const logs = new Bucket(stack, 'AccessLogs', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    // Load balancers cannot write to buckets with other encryption.
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(KEEP_DAYS) }],
    removalPolicy: keeping(settings).removalPolicy,
  });
  Validations.of(logs).acknowledge({
    id: 'AwsSolutions::AwsSolutions-S1',
    reason: 'The bucket holds access logs; logging access to it would log into itself.',
  });
  logs.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`AWSLogs/${stack.account}/*`)],
    }),
  );
  // Setting the bucket makes the load balancer write a test file. Without the policy that fails, and so does the
  // deployment.
  balancer.node.addDependency(logs);
  // Both kinds are in the same folders; names of connection logs begin with conn_log.
  const kinds =
    settings.SWIPEGATE_CLIENT_CA_BUCKET === undefined ? ['access_logs'] : ['access_logs', 'connection_logs'];
  for (const kind of kinds) {
    balancer.setAttribute(`${kind}.s3.enabled`, 'true');
    balancer.setAttribute(`${kind}.s3.bucket`, logs.bucketName);
  }
}
