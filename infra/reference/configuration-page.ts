import { EraseSchema } from '@swipegate/commands/erase/environment';
import { ReplaySchema } from '@swipegate/commands/replay/environment';
import { ConfigSchema } from '@swipegate/gateway/config/config';
import { AdminSchema } from '@swipegate/lambdas/admin/environment';
import { ChangeApplySchema } from '@swipegate/lambdas/change-apply/environment';
import { ChangeImportSchema } from '@swipegate/lambdas/change-import/environment';
import { ChangeStoreSchema } from '@swipegate/lambdas/change-store/environment';
import { DecideSchema } from '@swipegate/lambdas/decide/environment';
import { OccupancySchema } from '@swipegate/lambdas/occupancy/environment';
import { RedriveSchema } from '@swipegate/lambdas/redrive/environment';
import { SettingsSchema } from '../aws/constructs/settings.js';
import { type Variable, variablesOf } from './variables.js';

interface Reader {
  /** Who reads the variables. */
  title: string;
  about: string;
  variables: Variable[];
}

const INTRODUCTION = `# Configuration

<!-- Made by npm run docs from the schemas that check these variables. What is written here by hand is lost. -->

Every environment variable, by who reads it. All are checked before anything else is done: what is wrong ends the program, which
names the variable and says what is allowed. An empty variable counts as not set. Numbers are whole, and written without commas;
a form such as \`^https?://\` is a regular expression. Credentials, profiles and the like are the AWS SDK's own variables, which it
reads by itself.
`;

function readers(): Reader[] {
  return [
    {
      title: 'Gateway',
      about: 'Read by each gateway when it starts: gateway/config.ts.',
      variables: variablesOf(ConfigSchema.properties),
    },
    {
      title: 'Function decide',
      about: 'Read at a cold start: lambdas/decide/environment.ts.',
      variables: variablesOf(DecideSchema.properties),
    },
    {
      title: 'Function occupancy',
      about: 'Read at a cold start: lambdas/occupancy/environment.ts.',
      variables: variablesOf(OccupancySchema.properties),
    },
    {
      title: 'Function redrive',
      about: 'Read at a cold start, and by `npm run redrive`: lambdas/redrive/environment.ts.',
      variables: variablesOf(RedriveSchema.properties),
    },
    {
      title: 'Function admin',
      about: 'Read at a cold start: lambdas/admin/environment.ts.',
      variables: variablesOf(AdminSchema.properties),
    },
    {
      title: 'Function change-store',
      about: 'Read at a cold start: lambdas/change-store/environment.ts.',
      variables: variablesOf(ChangeStoreSchema.properties),
    },
    {
      title: 'Function change-apply',
      about: 'Read at a cold start: lambdas/change-apply/environment.ts.',
      variables: variablesOf(ChangeApplySchema.properties),
    },
    {
      title: 'Function change-import',
      about: 'Read at a cold start: lambdas/change-import/environment.ts.',
      variables: variablesOf(ChangeImportSchema.properties),
    },
    {
      title: 'Command replay',
      about: 'Read by `npm run replay`, and the bucket by `npm run query`: lambdas/replay/environment.ts.',
      variables: variablesOf(ReplaySchema.properties),
    },
    {
      title: 'Command erase',
      about: 'Read by `npm run erase`, for which see [privacy](privacy.md): lambdas/erase/environment.ts.',
      variables: variablesOf(EraseSchema.properties),
    },
    {
      title: 'Deployment',
      about: 'Read by `npm run synth`, which writes templates for [AWS](aws.md): infra/aws/settings.ts.',
      variables: variablesOf(SettingsSchema.properties),
    },
  ];
}

/** docs/configuration.md, as the schemas are now. @throws {UndescribedError} naming a variable without a description */
export function configurationPage(): string {
  const sections = readers().map(({ title, about, variables }) =>
    [
      `## ${title}`,
      '',
      about,
      '',
      '| variable | default | allowed | meaning |',
      '|---|---|---|---|',
      ...variables.map(row),
      '',
    ].join('\n'),
  );
  return [INTRODUCTION, ...sections].join('\n');
}

function row({ name, default: fallback, allowed, meaning }: Variable): string {
  return `| ${name} | ${fallback} | ${allowed} | ${meaning} |`;
}
