import { Stack, type StackProps, Validations } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { keeping } from '../constructs/keeping.js';
import type { Settings } from '../constructs/settings.js';

const ZONES = ['a', 'b', 'c'];
/** What the gateway calls from private subnets, where there is no way to the internet. */
const INTERFACES = {
  Kinesis: InterfaceVpcEndpointAwsService.KINESIS_STREAMS,
  Ssm: InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Monitoring: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  AutoScaling: InterfaceVpcEndpointAwsService.AUTOSCALING,
};

/** Three zones: public subnets for the load balancer, private ones for the gateway. No NAT: swipes never leave AWS's network. */
export class NetworkStack extends Stack {
  readonly vpc: Vpc;

  constructor(scope: Construct, id: string, { settings, ...props }: StackProps & { settings: Settings }) {
    super(scope, id, props);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.20.0.0/16'),
      // Named, for a look at the account would need one.
      availabilityZones: ZONES.map((zone) => `${settings.AWS_REGION}${zone}`),
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
    this.vpc.addFlowLog('Rejected', {
      destination: FlowLogDestination.toCloudWatchLogs(
        new LogGroup(this, 'FlowLogs', {
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: keeping(settings).removalPolicy,
        }),
      ),
    });
    for (const [name, service] of Object.entries(INTERFACES)) {
      Validations.of(this.vpc.addInterfaceEndpoint(name, { service })).acknowledge({
        id: 'AwsSolutions::AwsSolutions-EC23',
        reason:
          'The rule cannot read the one range that is let in: it is the VPC’s own, which CloudFormation fills in.',
      });
    }
  }

  /** The same network, as another stack refers to it. */
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
