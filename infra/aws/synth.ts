import { existsSync } from 'node:fs';
import { EnvironmentError } from '@swipegate/aws/environment';
import { nearest } from '@swipegate/contract/values/nearest';
import { Fact } from 'aws-cdk-lib/region-info';
import { CONSOLE, GATEWAY, LAMBDAS } from '../bundle/make-files.js';
import { swipegateApp } from './app.js';
import type { Settings } from './constructs/settings.js';

const OUTDIR = 'cdk.out';

/** @throws {EnvironmentError} for a region that aws-cdk-lib does not know: it knows its services and their accounts */
export function checkRegion({ AWS_REGION: region }: Pick<Settings, 'AWS_REGION'>): void {
  if (Fact.regions.includes(region)) return;
  const meant = nearest(region, Fact.regions);
  const advice = meant === undefined ? '' : ` Did you mean ${meant}?`;
  throw new EnvironmentError(
    `AWS_REGION=${region}: aws-cdk-lib knows no such region.${advice} For a newer one, update aws-cdk-lib.`,
  );
}

/** The parts that the settings leave out, a line each. */
export function remarksOn(settings: Settings): string[] {
  const { SWIPEGATE_DELETION_PROTECTION: protects, SWIPEGATE_KEEP_DATA: keeps } = settings;
  const remarks: [applies: boolean, text: string][] = [
    [
      protects === 'no' && keeps === 'yes',
      'No deletion protection: after the first deployment, set SWIPEGATE_DELETION_PROTECTION=yes and deploy again',
    ],
    [
      settings.SWIPEGATE_DOMAIN === undefined,
      'No gateway stack: set SWIPEGATE_DOMAIN and SWIPEGATE_ZONE_ID to get one',
    ],
    [
      settings.SWIPEGATE_CONSOLE_DOMAIN === undefined,
      'No back office: set SWIPEGATE_CONSOLE_DOMAIN and SWIPEGATE_ZONE_ID to get one',
    ],
    [
      settings.SWIPEGATE_ALARM_EMAIL === undefined,
      'No mail for alarms: set SWIPEGATE_ALARM_EMAIL, or subscribe to the topics of the dashboard stack',
    ],
    [
      settings.AWS_REGION === 'us-west-1' && settings.SWIPEGATE_ZONES === 3,
      'us-west-1 offers most accounts two zones: set SWIPEGATE_ZONES=2, or the network stack fails',
    ],
  ];
  return remarks.flatMap(([applies, text]) => (applies ? `${text} (docs/aws.md).` : []));
}

/** Writes the templates of all stacks to cdk.out and checks them with cdk-nag. @throws {EnvironmentError} */
export function synth(settings: Settings): void {
  checkRegion(settings);
  for (const folder of [LAMBDAS, GATEWAY, CONSOLE]) {
    if (!existsSync(folder)) throw new EnvironmentError(`${folder} does not exist: run npm run build first.`);
  }
  const { app } = swipegateApp({
    settings,
    bundles: LAMBDAS,
    gatewayBundle: GATEWAY,
    consoleBundle: CONSOLE,
    outdir: OUTDIR,
  });
  const { stacks } = app.synth();
  for (const { stackName, template } of stacks) {
    const count = Object.keys(template.Resources ?? {}).length;
    process.stdout.write(`${stackName.padEnd(40)}${String(count).padStart(5)} resources\n`);
  }
  for (const remark of remarksOn(settings)) process.stdout.write(`${remark}\n`);
}
