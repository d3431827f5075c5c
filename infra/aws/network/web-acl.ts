import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';

/** Requests per address in five minutes: far above a building's load, because its readers may share one address. */
const MOST_REQUESTS = 300_000;
const WINDOW_SECONDS = 300;

/** Blocks an address that sends more than a building can. The web ACL limits addresses; the gateway limits API keys. */
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
