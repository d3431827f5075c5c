import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { BackOfficeStack } from '../back-office/back-office-stack.js';
import type { Settings } from '../constructs/settings.js';
import type { NetworkStack } from '../network/network-stack.js';
import { hostOnCloudFront } from './console-cloudfront.js';
import { hostOnInstances } from './console-instances.js';
import { deployedConsoleHeaders, type HostedConsole } from './hosted-console.js';

export interface ConsoleStackProps extends StackProps {
  settings: Settings;
  network: NetworkStack;
  backOffice: BackOfficeStack;
  /** Domain name of the gateway. Undefined: the console has no live pages. */
  gatewayDomain: string | undefined;
  bundle: string;
}

/** The console's page: static files, and config.json with the addresses of the API and the sign-in. */
export class ConsoleStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, network, backOffice, gatewayDomain, bundle, ...props }: ConsoleStackProps,
  ) {
    super(scope, id, props);
    const { apiUrl, consoleDomain: domain, signIn } = backOffice;
    const { issuer, clientId, hostedUi } = signIn;
    const gateway = gatewayDomain === undefined ? {} : { gatewayUrl: `https://${gatewayDomain}` };
    const hosted: HostedConsole = {
      settings,
      domain,
      bundle,
      config: { apiUrl, ...gateway, issuer, clientId },
      // Upload forms are signed for path-style S3 URLs (lambdas/admin/app.ts).
      headers: deployedConsoleHeaders({
        apiUrl,
        issuer,
        others: [hostedUi, `https://s3.${this.region}.${this.urlSuffix}`, ...Object.values(gateway)],
      }),
    };
    if (settings.SWIPEGATE_CONSOLE_HOSTING === 'cloudfront') hostOnCloudFront(this, hosted);
    else hostOnInstances(this, hosted, network);
    new CfnOutput(this, 'Url', { value: `https://${domain}`, description: 'The console' });
  }
}
