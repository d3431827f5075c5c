import { nameInStage, namespaceOf, STREAMS } from '@swipegate/contract';
import { CfnOutput, Duration, Stack, type StackProps, Token, Validations } from 'aws-cdk-lib';
import {
  type AutoScalingGroup,
  DefaultResult,
  LifecycleTransition,
  PredefinedMetric,
  TargetTrackingScalingPolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationLoadBalancer,
  type ApplicationTargetGroup,
  type MutualAuthentication,
  MutualAuthenticationMode,
  TrustStore,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { GATEWAY_DISK_GB } from '../../resources.js';
import type { Settings } from '../constructs/settings.js';
import { newLogGroup } from '../constructs/storage.js';
import type { Tables } from '../data/data-stack.js';
import type { StreamsStack } from '../data/streams-stack.js';
import { allowAsset, CPU_PERCENT, instanceGroup, instanceRole } from '../network/instances.js';
import type { NetworkStack } from '../network/network-stack.js';
import { balance, balancedSecurity, publicBalancer } from '../network/public-balancer.js';
import { deviceBalancer, deviceEnvironment } from './device-balancer.js';
import { drainScript, drainUnit } from './drain-unit.js';
import { allowGateway, allowKeepingNoDisk, CONSUMER_PREFIX } from './gateway-grants.js';
import { installDrain, PLACES, PORT, startScript, systemdUnit } from './gateway-unit.js';

export interface GatewayStackProps extends StackProps {
  settings: Settings;
  domain: string;
  network: NetworkStack;
  streams: StreamsStack;
  tables: Tables;
  bundle: string;
  /** Where operators sign in, and the page that may call their routes. Undefined without a console. */
  desk?: GatewayDesk | undefined;
}

export interface GatewayDesk {
  issuer: string;
  clientId: string;
  consoleDomain: string;
}

/** Scaling target per gateway: a third of its capacity, so that the other gateways can replace a failed zone. */
const REQUESTS_PER_MINUTE = 120_000;
/** The load balancer's idle timeout: no request lasts longer. */
const DRAIN_SECONDS = 60;
/** For the last requests, the spool, the gateway's stop and the drain script's call, one after another. */
const HOOK_SECONDS = 240;

/** The gateway: a load balancer and, behind it, instances that scale with CPU and request count. */
export class GatewayStack extends Stack {
  readonly balancer: ApplicationLoadBalancer;
  readonly group: AutoScalingGroup;
  readonly targets: ApplicationTargetGroup;

  constructor(
    scope: Construct,
    id: string,
    { settings, domain, network, streams, tables, bundle, desk, ...props }: GatewayStackProps,
  ) {
    super(scope, id, props);
    const vpc = network.vpcIn(this);
    const limitsAddresses = settings.SWIPEGATE_ADDRESS_LIMIT === 'yes';
    const limit = limitsAddresses ? ', and the web ACL limits each address' : '';
    const { front, inner } = balancedSecurity(this, vpc, PORT, {
      callers: 'Readers',
      instances: 'Gateway',
      reason: `Readers connect from any address; each has an API key${limit}.`,
    });
    this.group = this.#instances(settings, vpc, inner, bundle, streams, tables, desk);
    const { balancer, listener } = publicBalancer(this, settings, {
      vpc,
      security: front,
      domain,
      mutualAuthentication: clientCertificates(this, settings),
      limitsAddresses,
    });
    this.balancer = balancer;
    // Not /readyz: the group replaces what fails here. While the stream is down, a gateway is not ready, but takes swipes
    // into its spool, and a new one would be no better.
    const from = { port: PORT, healthPath: '/healthz', drainSeconds: DRAIN_SECONDS };
    this.targets = balance(listener, 'Gateways', this.group, from);
    // scaleOnRequestCount does the same, but refuses a group with a second load balancer.
    const perRequests = new TargetTrackingScalingPolicy(this.group, 'ScalingPolicyRequests', {
      autoScalingGroup: this.group,
      predefinedMetric: PredefinedMetric.ALB_REQUEST_COUNT_PER_TARGET,
      resourceLabel: `${balancer.loadBalancerFullName}/${this.targets.targetGroupFullName}`,
      targetValue: REQUESTS_PER_MINUTE,
    });
    perRequests.node.addDependency(this.targets);
    deviceBalancer(this, settings, { vpc, group: this.group, inner, drainSeconds: DRAIN_SECONDS });
    new CfnOutput(this, 'Url', { value: `https://${domain}`, description: 'The gateway, for readers' });
  }

  #instances(
    settings: Settings,
    vpc: IVpc,
    securityGroup: SecurityGroup,
    bundle: string,
    streams: StreamsStack,
    tables: Tables,
    desk: GatewayDesk | undefined,
  ): AutoScalingGroup {
    const logs = newLogGroup(this, 'Logs', settings);
    const role = instanceRole(this, logs);
    const { SWIPEGATE_STAGE: stage } = settings;
    allowGateway(this, role, streams, tables, stage);
    const program = new Asset(this, 'Program', { path: bundle });
    allowAsset(role, program);
    Validations.of(role).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kinesis:${this.region}:${Token.isUnresolved(this.account) ? '<AWS::AccountId>' : this.account}:stream/${nameInStage(STREAMS.decisions, stage)}/consumer/${CONSUMER_PREFIX}*]`,
      reason: 'Each gateway registers a consumer named after its host, which is unknown before it starts.',
    });

    const unit = systemdUnit({
      PORT: String(PORT),
      AWS_REGION: this.region,
      SWIPEGATE_STAGE: stage,
      DECISIONS_CONSUMER: 'fan-out',
      SPOOL_DIRECTORY: PLACES.spool,
      GATEWAY_WORKERS: '1',
      ...deviceEnvironment(settings),
      ...(desk && {
        TOKEN_ISSUER: desk.issuer,
        TOKEN_CLIENT_ID: desk.clientId,
        // The instances have no route to the internet, and a user pool with a domain has no VPC endpoint.
        TOKEN_KEYS: 'table',
        CONSOLE_ORIGIN: `https://${desk.consoleDomain}`,
      }),
      EMF_NAMESPACE: namespaceOf(stage),
      OPS_URL: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/swipegate-${stage}-overview`,
    });
    allowKeepingNoDisk(this, role, settings);
    const drain = {
      unit: drainUnit(),
      script: drainScript({
        region: this.region,
        namespace: namespaceOf(stage),
        drainSeconds: DRAIN_SECONDS,
        hookSeconds: HOOK_SECONDS,
      }),
    };
    const group = instanceGroup(this, 'Gateways', {
      vpc,
      securityGroup,
      role,
      instanceType: settings.SWIPEGATE_INSTANCE_TYPE,
      first: installDrain(drain),
      commands: startScript({ program: program.s3ObjectUrl, unit, logGroup: logs.logGroupName }),
      readyUrl: `http://127.0.0.1:${PORT}/readyz`,
      diskGb: GATEWAY_DISK_GB,
      // The spool of an instance that dies may hold acknowledged swipes that exist nowhere else. A drained instance
      // lets EC2 delete its disk (drain-unit.ts).
      keepDisk: settings.SWIPEGATE_KEEP_DATA === 'yes',
      least: settings.SWIPEGATE_MIN_GATEWAYS,
      most: settings.SWIPEGATE_MAX_GATEWAYS,
    });
    // Time to finish open requests and to send the spool, after the load balancer has stopped sending.
    group.addLifecycleHook('Drain', {
      lifecycleTransition: LifecycleTransition.INSTANCE_TERMINATING,
      heartbeatTimeout: Duration.seconds(HOOK_SECONDS),
      defaultResult: DefaultResult.CONTINUE,
    });
    group.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: CPU_PERCENT });
    return group;
  }
}

/**
 * Mutual TLS, if the settings name a CA bundle: the load balancer rejects a handshake without a valid, unexpired
 * certificate. It proves that the device is ours; the API key, still required, identifies the reader.
 */
function clientCertificates(
  scope: Construct,
  { SWIPEGATE_CLIENT_CA_BUCKET: bucketName, SWIPEGATE_CLIENT_CA_KEY: key }: Settings,
): MutualAuthentication | undefined {
  if (bucketName === undefined || key === undefined) return undefined;
  return {
    mutualAuthenticationMode: MutualAuthenticationMode.VERIFY,
    trustStore: new TrustStore(scope, 'ClientAuthorities', {
      bucket: Bucket.fromBucketName(scope, 'ClientAuthoritiesBucket', bucketName),
      key,
    }),
    ignoreClientCertificateExpiry: false,
  };
}
