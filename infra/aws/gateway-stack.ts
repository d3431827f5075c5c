import { CfnOutput, Duration, Stack, type StackProps, Token, Validations } from 'aws-cdk-lib';
import {
  AutoScalingGroup,
  DefaultResult,
  HealthChecks,
  LifecycleTransition,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  type IVpc,
  LaunchTemplate,
  MachineImage,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
} from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer, ApplicationProtocol, SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE, STREAMS } from '../../gateway/contract/index.js';
import { GATEWAY_DISK_GB } from '../resources.js';
import { logBalancer } from './balancer-logs.js';
import { clientCertificates } from './client-certificates.js';
import type { Tables } from './data-stack.js';
import { allowGateway, CONSUMER_PREFIX } from './gateway-grants.js';
import { PLACES, PORT, startScript, systemdUnit } from './gateway-unit.js';
import { keeping } from './keeping.js';
import type { NetworkStack } from './network-stack.js';
import type { Settings } from './settings.js';
import type { StreamsStack } from './streams-stack.js';
import { rateLimit } from './web-acl.js';

export interface GatewayStackProps extends StackProps {
  settings: Settings;
  /** Where it is reached: a name, and the zone of Route 53 that it lies in. */
  domain: { name: string; zoneId: string };
  network: NetworkStack;
  streams: StreamsStack;
  tables: Tables;
  /** Where `npm run build` has put the gateway. */
  bundle: string;
}

/** Requests a minute and gateway: a third of what one does, so that a zone may fail. */
const REQUESTS_PER_MINUTE = 120_000;
const CPU_PERCENT = 50;
/** A load balancer gives a request up before that; then an instance has none left. */
const DRAIN_SECONDS = 60;
const HOOK_SECONDS = 180;

/** The gateway: a load balancer before instances of two cores, which scale with what is posted. */
export class GatewayStack extends Stack {
  readonly balancer: ApplicationLoadBalancer;
  readonly group: AutoScalingGroup;

  constructor(
    scope: Construct,
    id: string,
    { settings, domain, network, streams, tables, bundle, ...props }: GatewayStackProps,
  ) {
    super(scope, id, props);
    const vpc = network.vpcIn(this);
    const front = new SecurityGroup(this, 'BalancerSecurity', {
      vpc,
      description: 'Readers reach the load balancer',
      allowAllOutbound: false,
    });
    front.addIngressRule(Peer.anyIpv4(), Port.tcp(443), 'Readers, by TLS');
    Validations.of(front).acknowledge({
      id: 'AwsSolutions::AwsSolutions-EC23',
      reason: 'Readers come from anywhere; each has an API key, and addresses are limited by the web ACL.',
    });
    const inner = new SecurityGroup(this, 'GatewaySecurity', {
      vpc,
      description: 'The load balancer reaches the gateways',
    });
    inner.addIngressRule(front, Port.tcp(PORT), 'Only from the load balancer');
    front.addEgressRule(inner, Port.tcp(PORT), 'Only to the gateways');

    this.group = this.#instances(settings, vpc, inner, bundle, streams, tables);
    this.balancer = this.#balancer(settings, domain, vpc, front, this.group);
    rateLimit(this, this.balancer.loadBalancerArn);
    new CfnOutput(this, 'Url', { value: `https://${domain.name}`, description: 'Where readers post' });
  }

  #instances(
    settings: Settings,
    vpc: IVpc,
    security: SecurityGroup,
    bundle: string,
    streams: StreamsStack,
    tables: Tables,
  ): AutoScalingGroup {
    const logs = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: keeping(settings).removalPolicy,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    // Session Manager instead of SSH: no port, no keys, every session logged.
    role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore'));
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonSSMManagedInstanceCore]',
      reason: 'AWS’s own least set for Session Manager.',
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        resources: [logs.logGroupArn],
      }),
    );
    allowGateway(this, role, streams, tables);
    const program = new Asset(this, 'Program', { path: bundle });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [`arn:${this.partition}:s3:::${program.s3BucketName}/${program.s3ObjectKey}`],
      }),
    );
    Validations.of(role).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kinesis:${this.region}:${Token.isUnresolved(this.account) ? '<AWS::AccountId>' : this.account}:stream/${STREAMS.decisions}/consumer/${CONSUMER_PREFIX}*]`,
      reason: 'Each gateway registers a consumer named after its host, which nobody knows beforehand.',
    });

    const userData = UserData.forLinux();
    const unit = systemdUnit({
      PORT: String(PORT),
      AWS_REGION: this.region,
      DECISIONS_CONSUMER: 'fan-out',
      SPOOL_DIRECTORY: PLACES.spool,
      GATEWAY_WORKERS: '1',
      EMF_NAMESPACE: METRICS_NAMESPACE,
      OPS_URL: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/swipegate-${settings.SWIPEGATE_STAGE}-overview`,
    });
    userData.addCommands(...startScript({ program: program.s3ObjectUrl, unit, logGroup: logs.logGroupName }));
    const group = new AutoScalingGroup(this, 'Gateways', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      launchTemplate: new LaunchTemplate(this, 'Template', {
        instanceType: new InstanceType(settings.SWIPEGATE_INSTANCE_TYPE),
        machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
        role,
        securityGroup: security,
        userData,
        requireImdsv2: true,
        httpPutResponseHopLimit: 1,
        detailedMonitoring: true,
        blockDevices: [
          {
            deviceName: '/dev/xvda',
            volume: BlockDeviceVolume.ebs(GATEWAY_DISK_GB, {
              encrypted: true,
              volumeType: EbsDeviceVolumeType.GP3,
              // An instance that dies may have swipes in its spool that were acknowledged, and are nowhere else.
              deleteOnTermination: false,
            }),
          },
        ],
      }),
      minCapacity: settings.SWIPEGATE_MIN_GATEWAYS,
      maxCapacity: settings.SWIPEGATE_MAX_GATEWAYS,
      // Not the load balancer's: a gateway that is not ready because the stream is away holds swipes in its spool, and must
      // not be replaced for it. A process that ends is started again by systemd.
      healthChecks: HealthChecks.ec2({ gracePeriod: Duration.minutes(5) }),
      updatePolicy: UpdatePolicy.rollingUpdate({
        maxBatchSize: 1,
        minInstancesInService: settings.SWIPEGATE_MIN_GATEWAYS,
      }),
    });
    // The load balancer sends no more, what is under way ends, the spool empties; then the instance may go.
    group.addLifecycleHook('Drain', {
      lifecycleTransition: LifecycleTransition.INSTANCE_TERMINATING,
      heartbeatTimeout: Duration.seconds(HOOK_SECONDS),
      defaultResult: DefaultResult.CONTINUE,
    });
    group.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: CPU_PERCENT });
    Validations.of(group).acknowledge({
      id: 'AwsSolutions::AwsSolutions-AS3',
      reason: 'Alarms tell what matters to people; that an instance has come or gone is what scaling is for.',
    });
    return group;
  }

  #balancer(
    settings: Settings,
    domain: GatewayStackProps['domain'],
    vpc: IVpc,
    security: SecurityGroup,
    group: AutoScalingGroup,
  ): ApplicationLoadBalancer {
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: domain.zoneId,
      zoneName: domain.name.split('.').slice(1).join('.'),
    });
    const certificate = new Certificate(this, 'Certificate', {
      domainName: domain.name,
      validation: CertificateValidation.fromDns(zone),
    });
    const balancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc,
      internetFacing: true,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      securityGroup: security,
      deletionProtection: settings.SWIPEGATE_KEEP_DATA === 'yes',
      dropInvalidHeaderFields: true,
      // Above the longest Prefer: wait, below the gateway's own keep-alive.
      idleTimeout: Duration.seconds(60),
    });
    logBalancer(settings, balancer);
    const mutualAuthentication = clientCertificates(this, settings);
    const listener = balancer.addListener('Https', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      certificates: [certificate],
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
      open: false,
      ...(mutualAuthentication === undefined ? {} : { mutualAuthentication }),
    });
    const targets = listener.addTargets('Gateways', {
      port: PORT,
      protocol: ApplicationProtocol.HTTP,
      targets: [group],
      healthCheck: {
        path: '/readyz',
        interval: Duration.seconds(10),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
      deregistrationDelay: Duration.seconds(DRAIN_SECONDS),
    });
    group.scaleOnRequestCount('Requests', { targetRequestsPerMinute: REQUESTS_PER_MINUTE }).node.addDependency(targets);
    new ARecord(this, 'Name', {
      zone,
      recordName: `${domain.name}.`,
      target: RecordTarget.fromAlias(new LoadBalancerTarget(balancer)),
    });
    return balancer;
  }
}
