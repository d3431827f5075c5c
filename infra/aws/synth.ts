import { existsSync } from 'node:fs';
import { EnvironmentError } from '@swipegate/aws/environment';
import { CONSOLE, GATEWAY, LAMBDAS } from '../bundle/make-files.js';
import { swipegateApp } from './app.js';
import type { Settings } from './constructs/settings.js';

const OUTDIR = 'cdk.out';

/** Writes the templates of all stacks to cdk.out and checks them with cdk-nag. @throws {EnvironmentError} */
export function synth(settings: Settings): void {
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
  if (settings.SWIPEGATE_DELETION_PROTECTION === 'no' && settings.SWIPEGATE_KEEP_DATA === 'yes') {
    process.stdout.write(
      'No deletion protection: after the first deployment, set SWIPEGATE_DELETION_PROTECTION=yes and deploy again (docs/aws.md).\n',
    );
  }
  if (settings.SWIPEGATE_DOMAIN === undefined) {
    process.stdout.write('No gateway stack: set SWIPEGATE_DOMAIN and SWIPEGATE_ZONE_ID to get one (docs/aws.md).\n');
  }
  if (settings.SWIPEGATE_CONSOLE_DOMAIN === undefined) {
    process.stdout.write(
      'No back office: set SWIPEGATE_CONSOLE_DOMAIN and SWIPEGATE_ZONE_ID to get one (docs/aws.md).\n',
    );
  }
}
