import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';

/** Requests of one address in five minutes: a building's readers share one, so it is far above what they post. */
const MOST_REQUESTS = 300_000;
const WINDOW_SECONDS = 300;

/** Turns away an address that posts more than a building can: keys are limited by the gateway, addresses here. */
export function rateLimit(scope: Construct, balancerArn: string): void {
  const visibility = (metricName: string) => ({
    cloudWatchMetricsEnabled: true,
    sampledRequestsEnabled: true,
    metricName,
  });
  const acl = new CfnWebACL(scope, 'RateLimit', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: visibility('swipegate'),
    rules: [
      {
        name: 'requests-of-one-address',
        priority: 1,
        action: { block: { customResponse: { responseCode: 429 } } },
        statement: {
          rateBasedStatement: { aggregateKeyType: 'IP', limit: MOST_REQUESTS, evaluationWindowSec: WINDOW_SECONDS },
        },
        visibilityConfig: visibility('swipegate-rate'),
      },
    ],
  });
  new CfnWebACLAssociation(scope, 'RateLimitOfBalancer', { resourceArn: balancerArn, webAclArn: acl.attrArn });
}
