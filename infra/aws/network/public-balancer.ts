import { Duration } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  type MutualAuthentication,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import type { Settings } from '../constructs/settings.js';
import { zoneOf } from '../constructs/zone.js';
import { logBalancer } from './balancer-logs.js';
import { rateLimit } from './web-acl.js';

export interface PublicBalancerProps {
  vpc: IVpc;
  security: ISecurityGroup;
  /** Domain name of the load balancer. */
  domain: string;
  mutualAuthentication?: MutualAuthentication | undefined;
}

/** Public load balancer with a domain name and TLS only. It logs each request and limits requests per address. */
export function publicBalancer(
  scope: Construct,
  settings: Settings,
  { vpc, security, domain, mutualAuthentication }: PublicBalancerProps,
): { balancer: ApplicationLoadBalancer; listener: ApplicationListener } {
  const zone = zoneOf(scope, settings, domain);
  const certificate = new Certificate(scope, 'Certificate', {
    domainName: domain,
    validation: CertificateValidation.fromDns(zone),
  });
  const balancer = new ApplicationLoadBalancer(scope, 'Balancer', {
    vpc,
    internetFacing: true,
    vpcSubnets: { subnetType: SubnetType.PUBLIC },
    securityGroup: security,
    deletionProtection: settings.SWIPEGATE_KEEP_DATA === 'yes',
    dropInvalidHeaderFields: true,
    // Above the longest `Prefer: wait`, below the gateway's keep-alive.
    idleTimeout: Duration.seconds(60),
  });
  logBalancer(settings, balancer);
  const listener = balancer.addListener('Https', {
    port: 443,
    protocol: ApplicationProtocol.HTTPS,
    certificates: [certificate],
    sslPolicy: SslPolicy.RECOMMENDED_TLS,
    open: false,
    ...(mutualAuthentication === undefined ? {} : { mutualAuthentication }),
  });
  new ARecord(scope, 'Name', {
    zone,
    recordName: `${domain}.`,
    target: RecordTarget.fromAlias(new LoadBalancerTarget(balancer)),
  });
  rateLimit(scope, balancer.loadBalancerArn);
  return { balancer, listener };
}
