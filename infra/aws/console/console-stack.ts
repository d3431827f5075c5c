import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { BackOfficeStack } from '../back-office/back-office-stack.js';
import type { Settings } from '../constructs/settings.js';
import type { NetworkStack } from '../network/network-stack.js';
import { hostOnCloudFront } from './console-cloudfront.js';
import { deployedConsoleHeaders } from './console-headers.js';
import { hostOnInstances } from './console-instances.js';

export interface ConsoleStackProps extends StackProps {
  settings: Settings;
  /** Name under which people reach it. */
  domain: string;
  network: NetworkStack;
  backOffice: BackOfficeStack;
  /** Where `npm run build` has put the console. */
  bundle: string;
}

/** What is hosted, wherever it is. */
export interface HostedConsole {
  settings: Settings;
  domain: string;
  bundle: string;
  /** config.json, which lies beside the page. */
  config: { apiUrl: string; issuer: string; clientId: string };
  /** Of each answer. */
  headers: Readonly<Record<string, string>>;
}

/** The console's page: static files, and config.json, which tells them where the API and the sign-in are. */
export class ConsoleStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, domain, network, backOffice, bundle, ...props }: ConsoleStackProps,
  ) {
    super(scope, id, props);
    const { apiUrl } = backOffice;
    const { issuer, clientId, hostedUi } = backOffice.signIn;
    const hosted: HostedConsole = {
      settings,
      domain,
      bundle,
      config: { apiUrl, issuer, clientId },
      // Uploads go to the bucket by its path: forms are signed so (lambdas/admin/compose.ts).
      headers: deployedConsoleHeaders({
        apiUrl,
        issuer,
        others: [hostedUi, `https://s3.${this.region}.${this.urlSuffix}`],
      }),
    };
    if (settings.SWIPEGATE_CONSOLE_HOSTING === 'cloudfront') hostOnCloudFront(this, hosted);
    else hostOnInstances(this, hosted, network);
    new CfnOutput(this, 'Url', { value: `https://${domain}`, description: 'The console' });
  }
}
