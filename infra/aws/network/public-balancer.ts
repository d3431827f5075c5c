import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { type ISecurityGroup, type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  type ApplicationTargetGroup,
  type MutualAuthentication,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { aliasRecord, certificateOf, zoneOf } from '../constructs/dns.js';
import type { Settings } from '../constructs/settings.js';
import { accessLogs, isProtected } from '../constructs/storage.js';

const LOGS_DAYS = 90;
/** Requests per address in five minutes: far above a building's load, because its readers may share one address. */
const MOST_REQUESTS = 300_000;
const WINDOW_SECONDS = 300;
const CHECK_SECONDS = 10;
const HEALTHY_CHECKS = 2;

/** Time after which the load balancer sends requests to an instance that answers: one check more than it needs. */
export const IN_SERVICE_SECONDS = CHECK_SECONDS * (HEALTHY_CHECKS + 1);

/**
 * Security groups: the internet reaches only the load balancer (`front`), by TLS. Only the load balancer reaches the
 * instances (`inner`), on one port.
 * @param callers for descriptions, e.g. `Readers`
 * @param instances for descriptions and the construct id, e.g. `Gateway`
 * @param reason why the load balancer may be open to every address
 */
export function balancedSecurity(
  scope: Construct,
  vpc: IVpc,
  port: number,
  { callers, instances, reason }: { callers: string; instances: string; reason: string },
): { front: SecurityGroup; inner: SecurityGroup } {
  const front = new SecurityGroup(scope, 'BalancerSecurity', {
    vpc,
    description: `${callers} reach the load balancer`,
    allowAllOutbound: false,
  });
  front.addIngressRule(Peer.anyIpv4(), Port.tcp(443), `${callers}, by TLS`);
  Validations.of(front).acknowledge({ id: 'AwsSolutions::AwsSolutions-EC23', reason });
  const inner = new SecurityGroup(scope, `${instances}Security`, {
    vpc,
    description: `The load balancer reaches the ${instances.toLowerCase()}s`,
  });
  inner.addIngressRule(front, Port.tcp(port), 'Only from the load balancer');
  front.addEgressRule(inner, Port.tcp(port), `Only to the ${instances.toLowerCase()}s`);
  return { front, inner };
}

export interface PublicBalancerProps {
  vpc: IVpc;
  security: ISecurityGroup;
  domain: string;
  mutualAuthentication?: MutualAuthentication | undefined;
  /** Limits the requests of one address; default true. */
  limitsAddresses?: boolean;
}

/** Public load balancer with a domain name and TLS only. It logs each request and, by default, limits requests per address. */
export function publicBalancer(
  scope: Construct,
  settings: Settings,
  { vpc, security, domain, mutualAuthentication, limitsAddresses = true }: PublicBalancerProps,
): { balancer: ApplicationLoadBalancer; listener: ApplicationListener } {
  const zone = zoneOf(scope, settings, domain);
  const certificate = certificateOf(scope, 'Certificate', zone, domain);
  const balancer = new ApplicationLoadBalancer(scope, 'Balancer', {
    vpc,
    internetFacing: true,
    vpcSubnets: { subnetType: SubnetType.PUBLIC },
    securityGroup: security,
    deletionProtection: isProtected(settings),
    dropInvalidHeaderFields: true,
    // Above the longest `Prefer: wait`, below the gateway's keep-alive.
    idleTimeout: Duration.seconds(60),
  });
  logBalancer(settings, balancer);
  const listener = balancer.addListener('Https', {
    port: 443,
    protocol: ApplicationProtocol.HTTPS,
    certificates: [certificate],
    sslPolicy: SslPolicy.RECOMMENDED_TLS,
    open: false,
    ...(mutualAuthentication === undefined ? {} : { mutualAuthentication }),
  });
  aliasRecord(scope, 'Name', zone, domain, new LoadBalancerTarget(balancer));
  if (limitsAddresses) rateLimit(scope, balancer.loadBalancerArn);
  return { balancer, listener };
}

/** Adds instances to a load balancer. @param from where they answer, and how long they may finish requests */
export function balance(
  listener: ApplicationListener,
  id: string,
  group: AutoScalingGroup,
  from: { port: number; healthPath: string; drainSeconds: number },
): ApplicationTargetGroup {
  return listener.addTargets(id, {
    port: from.port,
    protocol: ApplicationProtocol.HTTP,
    targets: [group],
    healthCheck: {
      path: from.healthPath,
      interval: Duration.seconds(CHECK_SECONDS),
      healthyThresholdCount: HEALTHY_CHECKS,
      unhealthyThresholdCount: 3,
    },
    deregistrationDelay: Duration.seconds(from.drainSeconds),
  });
}

/**
 * Logs each request to a bucket; with client certificates also each connection, because one that fails the TLS
 * handshake never becomes a request.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-connection-logging.html
 */
function logBalancer(settings: Settings, balancer: ApplicationLoadBalancer): void {
  const stack = Stack.of(balancer);
  // Load balancers can write only to buckets with S3-managed encryption, the default of accessLogs.
  const logs = accessLogs(stack, settings, Duration.days(LOGS_DAYS));
  logs.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`AWSLogs/${stack.account}/*`)],
    }),
  );
  // The policy first: when its bucket is set, the load balancer writes a test file, and the deployment fails with it.
  balancer.node.addDependency(logs);
  // Both kinds are in the same folders; names of connection logs begin with conn_log.
  const hasClientCertificates = settings.SWIPEGATE_CLIENT_CA_BUCKET !== undefined;
  for (const kind of hasClientCertificates ? ['access_logs', 'connection_logs'] : ['access_logs']) {
    balancer.setAttribute(`${kind}.s3.enabled`, 'true');
    balancer.setAttribute(`${kind}.s3.bucket`, logs.bucketName);
  }
}

/** Blocks an address that sends more than a building can. The web ACL limits addresses; the gateway limits API keys. */
function rateLimit(scope: Construct, balancerArn: string): void {
  const visibility = (metricName: string) => ({
    cloudWatchMetricsEnabled: true,
    sampledRequestsEnabled: true,
    metricName,
  });
  const name = Stack.of(scope).stackName;
  const acl = new CfnWebACL(scope, 'RateLimit', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    // Metrics of other stages, and of the console's load balancer, have other names.
    visibilityConfig: visibility(name),
    rules: [
      {
        name: 'requests-of-one-address',
        priority: 1,
        action: { block: { customResponse: { responseCode: 429 } } },
        statement: {
          rateBasedStatement: { aggregateKeyType: 'IP', limit: MOST_REQUESTS, evaluationWindowSec: WINDOW_SECONDS },
        },
        visibilityConfig: visibility(`${name}-rate`),
      },
    ],
  });
  new CfnWebACLAssociation(scope, 'RateLimitOfBalancer', { resourceArn: balancerArn, webAclArn: acl.attrArn });
}
