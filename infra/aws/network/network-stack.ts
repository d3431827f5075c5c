import { Fn, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { interfaceEndpoints } from '../../resources.js';
import type { Settings } from '../constructs/settings.js';
import { newLogGroup } from '../constructs/storage.js';

/** Services that are called from the private subnets, which have no internet access. */
const SERVICES = [
  ['Kinesis', InterfaceVpcEndpointAwsService.KINESIS_STREAMS],
  ['Ssm', InterfaceVpcEndpointAwsService.SSM],
  ['SsmMessages', InterfaceVpcEndpointAwsService.SSM_MESSAGES],
  ['Logs', InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS],
  ['CloudFormation', InterfaceVpcEndpointAwsService.CLOUDFORMATION],
  ['Ec2', InterfaceVpcEndpointAwsService.EC2],
] as const;

/** Two or three zones with public subnets for load balancers and private ones for instances. No NAT: swipes stay in AWS. */
export class NetworkStack extends Stack {
  readonly vpc: Vpc;
  readonly #zones: number;

  constructor(scope: Construct, id: string, { settings, ...props }: StackProps & { settings: Settings }) {
    super(scope, id, props);
    this.#zones = settings.SWIPEGATE_ZONES;
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.20.0.0/16'),
      maxAzs: settings.SWIPEGATE_ZONES,
      natGateways: 0,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'gateway', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
      ],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    const destination = FlowLogDestination.toCloudWatchLogs(newLogGroup(this, 'FlowLogs', settings));
    // Accepted connections are in the load balancer's access log.
    this.vpc.addFlowLog('Rejected', { destination, trafficType: FlowLogTrafficType.REJECT });
    for (const [name, service] of SERVICES) {
      const subnets = { subnets: this.vpc.isolatedSubnets.slice(0, interfaceEndpoints[name]) };
      Validations.of(this.vpc.addInterfaceEndpoint(name, { service, subnets })).acknowledge({
        id: 'AwsSolutions::AwsSolutions-EC23',
        reason: 'The only allowed range is the VPC’s own. cdk-nag cannot read it because CloudFormation fills it in.',
      });
    }
  }

  /**
   * CloudFormation fills in the zones at the deployment: a lookup would need an account, and letters differ, as in
   * ap-northeast-1, which has no zone b for most accounts.
   */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.#zones }, (_, i) => Fn.select(i, Fn.getAzs()));
  }

  /** Imports this network into another stack. */
  vpcIn(scope: Construct): IVpc {
    const { vpcId, availabilityZones, publicSubnets, isolatedSubnets } = this.vpc;
    return Vpc.fromVpcAttributes(scope, 'Network', {
      vpcId,
      availabilityZones,
      publicSubnetIds: publicSubnets.map(({ subnetId }) => subnetId),
      isolatedSubnetIds: isolatedSubnets.map(({ subnetId }) => subnetId),
    });
  }
}
