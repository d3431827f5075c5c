import type { Stack } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { type ISecurityGroup, type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnFileSystem } from 'aws-cdk-lib/aws-fsx';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { newLogGroup } from '../constructs/storage.js';
import { allowAsset, CPU_PERCENT, instanceGroup, instanceRole } from '../network/instances.js';
import type { NetworkStack } from '../network/network-stack.js';
import { balance, balancedSecurity, publicBalancer } from '../network/public-balancer.js';
import { CONSOLE_PORT, consoleStartScript, consoleUnit, nginxConfiguration } from './console-unit.js';
import type { HostedConsole } from './hosted-console.js';

/** At least one instance in each of two zones, for availability; the load would need only one. */
const INSTANCES = { least: 2, most: 4 };
const DISK_GB = 16;
const DRAIN_SECONDS = 15;
const HSTS = 'max-age=31536000';
/** FSx minimum; the console's files are a few hundred KB. */
const STORAGE_GIB = 64;
const THROUGHPUT_MBPS = 64;
const NFS = 2_049;
const PORTMAPPER = 111;

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
  // Not /index.html: the group replaces what fails here, and while the share is away, that would be all instances.
  balance(listener, 'Console', group, { port: CONSOLE_PORT, healthPath: '/healthz', drainSeconds: DRAIN_SECONDS });
}

function instances(
  scope: Stack,
  { settings, bundle, config, headers }: HostedConsole,
  vpc: IVpc,
  securityGroup: SecurityGroup,
  clients: string,
): AutoScalingGroup {
  const logs = newLogGroup(scope, 'Logs', settings);
  const role = instanceRole(scope, logs);
  const files = new Asset(scope, 'Files', { path: bundle });
  allowAsset(role, files);
  const group = instanceGroup(scope, 'Instances', {
    vpc,
    securityGroup,
    role,
    instanceType: settings.SWIPEGATE_CONSOLE_INSTANCE_TYPE,
    commands: consoleStartScript({
      files: files.s3ObjectUrl,
      config: JSON.stringify(config),
      share: sharedFiles(scope, vpc, securityGroup, clients),
      nginx: nginxConfiguration({ ...headers, 'strict-transport-security': HSTS }),
      unit: consoleUnit({ region: scope.region, logGroup: logs.logGroupName }),
    }),
    readyUrl: `http://127.0.0.1:${CONSOLE_PORT}/index.html`,
    diskGb: DISK_GB,
    ...INSTANCES,
  });
  group.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: CPU_PERCENT });
  return group;
}

/**
 * File system that all instances mount by NFS. It is in a single zone, which is cheap, and has no backups: the next
 * instance that starts writes all its files again.
 * https://docs.aws.amazon.com/fsx/latest/OpenZFSGuide/limit-access-security-groups.html
 * @param clients CIDR of the addresses that may mount it
 * @returns NFS address, host:/volume
 */
function sharedFiles(scope: Stack, vpc: IVpc, instances: ISecurityGroup, clients: string): string {
  const security = new SecurityGroup(scope, 'ShareSecurity', {
    vpc,
    description: 'The instances reach the shared files',
    allowAllOutbound: false,
  });
  for (const port of [NFS, PORTMAPPER]) security.addIngressRule(instances, Port.tcp(port), 'NFS, from the instances');
  const [subnet] = vpc.isolatedSubnets;
  if (subnet === undefined) throw new TypeError(`${vpc.node.path} has no isolated subnet`);
  const files = new CfnFileSystem(scope, 'Share', {
    fileSystemType: 'OPENZFS',
    storageType: 'SSD',
    storageCapacity: STORAGE_GIB,
    subnetIds: [subnet.subnetId],
    securityGroupIds: [security.securityGroupId],
    openZfsConfiguration: {
      deploymentType: 'SINGLE_AZ_1',
      throughputCapacity: THROUGHPUT_MBPS,
      automaticBackupRetentionDays: 0,
      options: ['DELETE_CHILD_VOLUMES_AND_SNAPSHOTS'],
      rootVolumeConfiguration: {
        dataCompressionType: 'LZ4',
        // Root writes the files when an instance starts; nginx only reads them.
        nfsExports: [{ clientConfigurations: [{ clients, options: ['rw', 'crossmnt', 'no_root_squash'] }] }],
      },
    },
    tags: [{ key: 'Name', value: scope.stackName }],
  });
  return `${files.attrDnsName}:/fsx`;
}
