import { Validations } from 'aws-cdk-lib';
import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface BalancedSecurity {
  /** Security group of the load balancer. */
  front: SecurityGroup;
  /** Security group of the instances behind it. */
  inner: SecurityGroup;
}

/**
 * The internet reaches only the load balancer, by TLS. Only the load balancer reaches the instances, on one port.
 * @param callers for descriptions, e.g. `Readers`
 * @param instances for descriptions and the construct id, e.g. `Gateway`
 * @param reason why the load balancer may be open to every address
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
