import type { Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnFileSystem } from 'aws-cdk-lib/aws-fsx';

/** FSx minimum; the console's files are a few hundred KB. */
const STORAGE_GIB = 64;
const THROUGHPUT_MBPS = 64;
const NFS = 2_049;
const PORTMAPPER = 111;

export interface Share {
  /** NFS address, host:/volume. */
  address: string;
}

/**
 * File system that all instances mount by NFS. It is in a single zone, which is cheap, and has no backups: the next
 * instance that starts writes all its files again.
 *
 * https://docs.aws.amazon.com/fsx/latest/OpenZFSGuide/limit-access-security-groups.html
 *
 * @param clients CIDR of the addresses that may mount it
 */
export function sharedFiles(scope: Stack, vpc: IVpc, instances: ISecurityGroup, clients: string): Share {
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
  return { address: `${files.attrDnsName}:/fsx` };
}
