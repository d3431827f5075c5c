import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  AdditionalHealthCheckType,
  AutoScalingGroup,
  HealthChecks,
  Signals,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
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
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { allow } from '../constructs/grants.js';
import { IN_SERVICE_SECONDS } from './public-balancer.js';

/** CPU utilisation that scaling aims for. */
export const CPU_PERCENT = 50;
/** Time from a launch to the first answer: packages, program, start. */
const START_SECONDS = 600;
/** CloudFormation gives an instance this long; the instance itself gives up sooner and says so. */
const SIGNAL_MINUTES = 15;

/** Role of all instances: may write the log and use Session Manager, instead of SSH: no port, no keys, a log. */
export function instanceRole(scope: Construct, logs: LogGroup): Role {
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore'));
  Validations.of(role).acknowledge({
    id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonSSMManagedInstanceCore]',
    reason: 'AWS’s minimal policy for Session Manager.',
  });
  allow(role, ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'], [logs.logGroupArn]);
  return role;
}

/** Lets an instance fetch its program when it starts. */
export function allowAsset(role: Role, asset: Asset): void {
  allow(role, ['s3:GetObject'], [`arn:${Stack.of(role).partition}:s3:::${asset.s3BucketName}/${asset.s3ObjectKey}`]);
}

export interface InstanceGroupProps {
  vpc: IVpc;
  securityGroup: SecurityGroup;
  role: Role;
  instanceType: string;
  /** Commands before all others, packages too; for what an instance needs even if its start fails. */
  first?: readonly string[];
  /** Start script, run once on each instance. */
  commands: readonly string[];
  /** Local URL that answers 2xx once the instance can serve. */
  readyUrl: string;
  diskGb: number;
  /** Keeps the disk of a terminated instance. */
  keepDisk?: boolean;
  least: number;
  /** Above `least`: an update of `least` instances starts a new one before it ends an old one. With more it ends one first. */
  most: number;
}

/**
 * Graviton instances in the private subnets, with encrypted disks and IMDSv2. The group replaces an instance that does
 * not answer the load balancer. An update replaces one instance at a time, never leaves fewer than `least` in service,
 * and waits until the new one is ready and the load balancer knows it: if it says that it failed, or says nothing in time, CloudFormation stops and
 * returns to the previous version
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatepolicy.html).
 */
export function instanceGroup(scope: Construct, id: string, props: InstanceGroupProps): AutoScalingGroup {
  const { vpc, securityGroup, role, first = [], commands, readyUrl, diskGb, keepDisk = false, least, most } = props;
  const userData = UserData.forLinux();
  userData.addCommands(
    'set -euo pipefail',
    ...first,
    'dnf install -y aws-cfn-bootstrap',
    ...commands,
    waitUntilReady(readyUrl),
    // The signal ends an old instance. Without this pause no instance would serve meanwhile, if `least` is 1.
    `sleep ${IN_SERVICE_SECONDS}`,
  );
  const group = new AutoScalingGroup(scope, id, {
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    launchTemplate: new LaunchTemplate(scope, 'Template', {
      instanceType: new InstanceType(props.instanceType),
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
          volume: BlockDeviceVolume.ebs(diskGb, {
            encrypted: true,
            volumeType: EbsDeviceVolumeType.GP3,
            ...(keepDisk ? { deleteOnTermination: false } : {}),
          }),
        },
      ],
    }),
    minCapacity: least,
    maxCapacity: most,
    healthChecks: HealthChecks.withAdditionalChecks({
      additionalTypes: [AdditionalHealthCheckType.ELB],
      gracePeriod: Duration.seconds(START_SECONDS),
    }),
    signals: Signals.waitForMinCapacity({ timeout: Duration.minutes(SIGNAL_MINUTES) }),
    updatePolicy: UpdatePolicy.rollingUpdate({ maxBatchSize: 1, minInstancesInService: least }),
  });
  // Its policy too: an instance that starts before it cannot fetch its program, and its first create fails.
  group.node.addDependency(role);
  // The exit code of the start script; outside a deployment CloudFormation refuses the signal, which is no fault.
  userData.addSignalOnExitCommand(group);
  Validations.of(group).acknowledge({
    id: 'AwsSolutions::AwsSolutions-AS3',
    reason:
      'Scaling starts and stops instances all the time; alarms and the load balancer’s metrics show what affects users.',
  });
  return group;
}

/** Shell command that waits for a 2xx, and fails if none comes. */
function waitUntilReady(url: string): string {
  return `curl --silent --show-error --fail --output /dev/null --max-time 5 --retry ${START_SECONDS} --retry-delay 2 --retry-max-time ${START_SECONDS} --retry-all-errors ${url}`;
}
