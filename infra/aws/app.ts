import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BackOfficeStack } from './back-office/back-office-stack.js';
import { ConsoleStack } from './console/console-stack.js';
import type { Settings } from './constructs/settings.js';
import { isProtected } from './constructs/storage.js';
import { DashboardStack } from './dashboard/dashboard-stack.js';
import { ArchiveStack } from './data/archive-stack.js';
import { DataStack } from './data/data-stack.js';
import { DecideStack } from './data/decide-stack.js';
import { StreamsStack } from './data/streams-stack.js';
import { type GatewayDesk, GatewayStack } from './gateway/gateway-stack.js';
import { NetworkStack } from './network/network-stack.js';

export interface AppOptions {
  settings: Settings;
  /** Folder with the functions built by `npm run build`, one subfolder each. */
  bundles: string;
  gatewayBundle: string;
  consoleBundle: string;
  outdir: string;
}

export interface SwipegateApp {
  app: App;
  network: NetworkStack;
  streams: StreamsStack;
  data: DataStack;
  decide: DecideStack;
  archive: ArchiveStack;
  /** Undefined without SWIPEGATE_DOMAIN. */
  gateway: GatewayStack | undefined;
  /** Undefined, like the console, without SWIPEGATE_CONSOLE_DOMAIN. */
  backOffice: BackOfficeStack | undefined;
  console: ConsoleStack | undefined;
  dashboard: DashboardStack;
}

/** Builds all stacks of a deployment. Needs neither an AWS account nor network access. */
export function swipegateApp({ settings, bundles, gatewayBundle, consoleBundle, outdir }: AppOptions): SwipegateApp {
  const app = new App({ outdir, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const name = (stack: string) => `swipegate-${settings.SWIPEGATE_STAGE}-${stack}`;
  const { AWS_REGION: region, AWS_ACCOUNT: account, SWIPEGATE_DOMAIN: domain } = settings;
  const { SWIPEGATE_CONSOLE_DOMAIN: consoleDomain } = settings;
  const env = account === undefined ? { region } : { region, account };
  const shared = { env, settings, terminationProtection: isProtected(settings) };
  const network = new NetworkStack(app, name('network'), shared);
  const streams = new StreamsStack(app, name('streams'), shared);
  const data = new DataStack(app, name('data'), shared);
  const { tables } = data;
  const decide = new DecideStack(app, name('decide'), { ...shared, streams, tables, bundles });
  const archive = new ArchiveStack(app, name('archive'), { ...shared, streams });
  const backOffice =
    consoleDomain === undefined
      ? undefined
      : new BackOfficeStack(app, name('back-office'), { ...shared, consoleDomain, tables, bundles });
  const gateway =
    domain === undefined
      ? undefined
      : new GatewayStack(app, name('gateway'), {
          ...shared,
          domain,
          network,
          streams,
          tables,
          bundle: gatewayBundle,
          desk: backOffice && deskOf(backOffice),
        });
  const console =
    backOffice === undefined
      ? undefined
      : new ConsoleStack(app, name('console'), {
          ...shared,
          network,
          backOffice,
          gatewayDomain: domain,
          bundle: consoleBundle,
        });
  const dashboard = new DashboardStack(app, name('dashboard'), { ...shared, streams, decide, gateway, backOffice });
  Tags.of(app).add('swipegate:stage', settings.SWIPEGATE_STAGE);
  return { app, network, streams, data, decide, archive, gateway, backOffice, console, dashboard };
}

/** The sign-in service and the console, as a gateway must know them. */
function deskOf({ signIn, consoleDomain }: BackOfficeStack): GatewayDesk {
  const { issuer, clientId } = signIn;
  return { issuer, clientId, consoleDomain };
}
