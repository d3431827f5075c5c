import { Duration, type Stack, Validations } from 'aws-cdk-lib';
import { AdditionalHealthCheckType, AutoScalingGroup, HealthChecks, UpdatePolicy } from 'aws-cdk-lib/aws-autoscaling';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  type IVpc,
  LaunchTemplate,
  MachineImage,
  type SecurityGroup,
  SubnetType,
  UserData,
} from 'aws-cdk-lib/aws-ec2';
import { ApplicationProtocol } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { keeping } from '../constructs/storage.js';
import { balancedSecurity } from '../network/balanced-security.js';
import { allowAsset, instanceRole } from '../network/instances.js';
import type { NetworkStack } from '../network/network-stack.js';
import { publicBalancer } from '../network/public-balancer.js';
import { sharedFiles } from './console-share.js';
import type { HostedConsole } from './console-stack.js';
import { CONSOLE_PORT, consoleStartScript, consoleUnit, nginxConfiguration } from './console-unit.js';

/** At least one instance in each of two zones, for availability; the load would need only one. */
const INSTANCES = { least: 2, most: 4 };
const DISK_GB = 16;
const CPU_PERCENT = 50;
const DRAIN_SECONDS = 15;
const HSTS = 'max-age=31536000';

/** Hosts the console's files on FSx for OpenZFS, served by nginx in containers on instances behind a load balancer. */
export function hostOnInstances(scope: Stack, hosted: HostedConsole, network: NetworkStack): void {
  const { settings, domain } = hosted;
  const vpc = network.vpcIn(scope);
  const { front, inner } = balancedSecurity(scope, vpc, CONSOLE_PORT, {
    callers: 'Browsers',
    instances: 'Console',
    reason: 'Browsers connect from any address; the page holds no data, and the web ACL limits each address.',
  });
  const group = instances(scope, hosted, vpc, inner, network.vpc.vpcCidrBlock);
  const { listener } = publicBalancer(scope, settings, { vpc, security: front, domain });
  listener.addTargets('Console', {
    port: CONSOLE_PORT,
    protocol: ApplicationProtocol.HTTP,
    targets: [group],
    // This file is on the share: an instance without its share is taken out of service.
    healthCheck: {
      path: '/index.html',
      interval: Duration.seconds(10),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 3,
    },
    deregistrationDelay: Duration.seconds(DRAIN_SECONDS),
  });
}

function instances(
  scope: Stack,
  { settings, bundle, config, headers }: HostedConsole,
  vpc: IVpc,
  securityGroup: SecurityGroup,
  clients: string,
): AutoScalingGroup {
  const logs = new LogGroup(scope, 'Logs', {
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: keeping(settings).removalPolicy,
  });
  const role = instanceRole(scope, logs);
  const files = new Asset(scope, 'Files', { path: bundle });
  allowAsset(role, files);
  const userData = UserData.forLinux();
  userData.addCommands(
    ...consoleStartScript({
      files: files.s3ObjectUrl,
      config: JSON.stringify(config),
      share: sharedFiles(scope, vpc, securityGroup, clients).address,
      nginx: nginxConfiguration({ ...headers, 'strict-transport-security': HSTS }),
      unit: consoleUnit({ region: scope.region, logGroup: logs.logGroupName }),
    }),
  );
  const group = new AutoScalingGroup(scope, 'Instances', {
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    launchTemplate: new LaunchTemplate(scope, 'Template', {
      instanceType: new InstanceType(settings.SWIPEGATE_CONSOLE_INSTANCE_TYPE),
      machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      role,
      securityGroup,
      userData,
      requireImdsv2: true,
      // Containers cannot reach the instance metadata.
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(DISK_GB, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
    }),
    minCapacity: INSTANCES.least,
    maxCapacity: INSTANCES.most,
    healthChecks: HealthChecks.withAdditionalChecks({
      additionalTypes: [AdditionalHealthCheckType.ELB],
      gracePeriod: Duration.minutes(10),
    }),
    updatePolicy: UpdatePolicy.rollingUpdate({ maxBatchSize: 1, minInstancesInService: INSTANCES.least }),
  });
  group.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: CPU_PERCENT });
  Validations.of(group).acknowledge({
    id: 'AwsSolutions::AwsSolutions-AS3',
    reason:
      'Scaling starts and stops instances all the time; the load balancer’s metrics show whether users are served.',
  });
  return group;
}
