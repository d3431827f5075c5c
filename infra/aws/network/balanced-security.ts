import { Validations } from 'aws-cdk-lib';
import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface BalancedSecurity {
  /** Of the load balancer. */
  front: SecurityGroup;
  /** Of what stands behind it. */
  inner: SecurityGroup;
}

/**
 * The internet reaches the load balancer by TLS, and only it reaches the instances, on one port.
 * @param names who comes in, and what the instances are: `Readers`, `Gateway`
 * @param reason why it may be open to all
 */
export function balancedSecurity(
  scope: Construct,
  vpc: IVpc,
  port: number,
  { callers, instances, reason }: { callers: string; instances: string; reason: string },
): BalancedSecurity {
  const front = new SecurityGroup(scope, 'BalancerSecurity', {
    vpc,
    description: `${callers} reach the load balancer`,
    allowAllOutbound: false,
  });
  front.addIngressRule(Peer.anyIpv4(), Port.tcp(443), `${callers}, by TLS`);
  Validations.of(front).acknowledge({ id: 'AwsSolutions::AwsSolutions-EC23', reason });
  const inner = new SecurityGroup(scope, `${instances}Security`, {
    vpc,
    description: `The load balancer reaches the ${instances.toLowerCase()}s`,
  });
  inner.addIngressRule(front, Port.tcp(port), 'Only from the load balancer');
  front.addEgressRule(inner, Port.tcp(port), `Only to the ${instances.toLowerCase()}s`);
  return { front, inner };
}
