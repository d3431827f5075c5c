/** `npm run synth`. */
import { EnvironmentError } from '@swipegate/aws/environment';
import { nearest } from '@swipegate/contract/values/nearest';
import { runWithoutOptions } from '../without-options.js';
import { readSettings, SettingsSchema } from './constructs/settings.js';

const NAMES = Object.keys(SettingsSchema.properties);

const HELP = `npm run synth

Writes the CloudFormation templates of all stacks to cdk.out and checks them with
cdk-nag. It takes neither options nor CDK context: settings are environment
variables, such as SWIPEGATE_STAGE=test npm run synth. docs/configuration.md
describes them:

${NAMES.map((name) => `  ${name}\n`).join('')}`;

/** @throws {EnvironmentError} for a mistyped SWIPEGATE_… variable, which would leave its setting at the default */
function refuseUnknown(env: NodeJS.ProcessEnv): void {
  const unknown = Object.keys(env).find((name) => name.startsWith('SWIPEGATE_') && !NAMES.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, NAMES);
  const advice = meant === undefined ? '' : ` Did you mean ${meant}?`;
  throw new EnvironmentError(`There is no setting ${unknown}.${advice} See npm run synth -- --help.`);
}

await runWithoutOptions('synth', HELP, async () => {
  refuseUnknown(process.env);
  const settings = readSettings(process.env);
  // The CDK takes seconds to load.
  const { synth } = await import('./synth.js');
  synth(settings);
});
