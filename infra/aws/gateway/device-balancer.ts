import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { NetworkLoadBalancer, Protocol } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { deviceNetworksOf, type Settings } from '../constructs/settings.js';
import { isProtected } from '../constructs/storage.js';

/** Port of the load balancer and of each gateway, as in docs/readers.md. */
const DEVICE_PORT = 8090;

/** Environment of a gateway with a device port; empty without SWIPEGATE_DEVICE_NETWORKS. */
export function deviceEnvironment(settings: Settings): Record<string, string> {
  const networks = deviceNetworksOf(settings);
  if (networks === undefined) return {};
  const { SWIPEGATE_DEVICE_TENANT: tenant } = settings;
  return {
    DEVICE_PORT: String(DEVICE_PORT),
    DEVICE_HOST: '0.0.0.0',
    DEVICE_NETWORKS: networks.join(),
    ...(tenant === undefined ? {} : { DEVICE_TENANT: tenant }),
  };
}

export interface DeviceBalancerProps {
  vpc: IVpc;
  group: AutoScalingGroup;
  /** Security group of the gateways. */
  inner: SecurityGroup;
  /** Time in which a gateway finishes requests, s. */
  drainSeconds: number;
}

/**
 * Adds an internal load balancer for the device port, if SWIPEGATE_DEVICE_NETWORKS names networks. It passes TCP on and
 * keeps the address of the device, which the gateway checks; an application load balancer would hide it. It has no
 * public address: devices speak plain HTTP, with keys in URLs or none at all.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
 */
export function deviceBalancer(
  scope: Construct,
  settings: Settings,
  { vpc, group, inner, drainSeconds }: DeviceBalancerProps,
): void {
  const networks = deviceNetworksOf(settings);
  if (networks === undefined) return;
  const front = new SecurityGroup(scope, 'DeviceSecurity', {
    vpc,
    description: 'Devices reach the device port',
    allowAllOutbound: false,
  });
  for (const network of networks) front.addIngressRule(Peer.ipv4(network), Port.tcp(DEVICE_PORT), 'Devices');
  front.addEgressRule(inner, Port.tcp(DEVICE_PORT), 'Only to the gateways');
  inner.addIngressRule(front, Port.tcp(DEVICE_PORT), 'Devices, only through their load balancer');
  const balancer = new NetworkLoadBalancer(scope, 'DeviceBalancer', {
    vpc,
    internetFacing: false,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    securityGroups: [front],
    // Devices may know one address, and the gateways of its zone may be gone.
    crossZoneEnabled: true,
    deletionProtection: isProtected(settings),
  });
  Validations.of(balancer).acknowledge({
    id: 'AwsSolutions::AwsSolutions-ELB2',
    reason:
      'A network load balancer logs only connections with TLS, and there are none. The gateway logs what it refuses.',
  });
  balancer.addListener('Devices', { port: DEVICE_PORT, protocol: Protocol.TCP }).addTargets('Devices', {
    port: DEVICE_PORT,
    protocol: Protocol.TCP,
    preserveClientIp: true,
    targets: [group],
    // A connection says enough. Whether a gateway answers is for the other load balancer to find out.
    healthCheck: { protocol: Protocol.TCP, interval: Duration.seconds(10) },
    deregistrationDelay: Duration.seconds(drainSeconds),
  });
  new CfnOutput(scope, 'DeviceUrl', {
    value: `http://${balancer.loadBalancerDnsName}:${DEVICE_PORT}`,
    description: 'The device port, for readers as they are sold, from SWIPEGATE_DEVICE_NETWORKS',
  });
}
