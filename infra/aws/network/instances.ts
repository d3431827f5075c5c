import { Stack, Validations } from 'aws-cdk-lib';
import { AutoScalingGroup, type HealthChecks, UpdatePolicy } from 'aws-cdk-lib/aws-autoscaling';
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

/** CPU utilisation that scaling aims for. */
export const CPU_PERCENT = 50;

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
  /** Start script, run once on each instance. */
  commands: readonly string[];
  diskGb: number;
  /** Keeps the disk of a terminated instance. */
  keepDisk?: boolean;
  least: number;
  most: number;
  healthChecks: HealthChecks;
}

/** Graviton instances in the private subnets, with encrypted disks and IMDSv2, replaced one at a time. */
export function instanceGroup(scope: Construct, id: string, props: InstanceGroupProps): AutoScalingGroup {
  const { vpc, securityGroup, role, commands, diskGb, keepDisk = false, least, most, healthChecks } = props;
  const userData = UserData.forLinux();
  userData.addCommands(...commands);
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
    healthChecks,
    updatePolicy: UpdatePolicy.rollingUpdate({ maxBatchSize: 1, minInstancesInService: least }),
  });
  Validations.of(group).acknowledge({
    id: 'AwsSolutions::AwsSolutions-AS3',
    reason:
      'Scaling starts and stops instances all the time; alarms and the load balancer’s metrics show what affects users.',
  });
  return group;
}
