/** `npm run seed`: writes the demo site into the tables of a stage. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EnvironmentError, environmentReader, STAGE_NAME } from '@swipegate/aws/environment';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError, parseOptions } from '@swipegate/terminal/options';
import Type from 'typebox';
import { demoDevices } from './demo-devices.js';
import { demoKeys, demoSite } from './demo-site.js';
import { seed } from './seed.js';
import { FolderInUseError, SiteFiles } from './site-files.js';

const HELP = `npm run seed -- [options]

Writes the demo site (2 buildings, 24 readers, 5,000 employees, tenant demo) into the
tables of the stage SWIPEGATE_STAGE, on AWS or on an emulator (AWS_ENDPOINT_URL), and
its readers, people and API keys into a folder, where swipegate-sim finds them. It
makes new keys each time.

  --folder DIR   folder for site.json, keys.json and cloud.json  (.swipegate)
  --help         show this help

For load tests and first steps: keep it out of a stage that opens real doors.
`;

/** Variables that lead other programs to the same stage. Credentials stay in the environment. */
const PASSED_ON = ['SWIPEGATE_STAGE', 'AWS_REGION', 'AWS_ENDPOINT_URL'] as const;

const readEnvironment = environmentReader(
  'seed',
  Type.Object({ SWIPEGATE_STAGE: Type.String({ ...STAGE_NAME, description: 'stage to write the demo into' }) }),
);

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseOptions('npm run seed --', args, {
    folder: { type: 'string', default: '.swipegate' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const { SWIPEGATE_STAGE: stage } = readEnvironment(process.env);
  const files = new SiteFiles(values.folder);
  await files.claim();
  const dynamodb = new DynamoDBClient({});
  try {
    await checkRegion(dynamodb);
    const site = demoSite();
    const { keys, operatorKey, rows } = demoKeys(site);
    const { devices, ...access } = demoDevices(site);
    const written = await seed(dynamodb, site, [...rows, ...access.rows], { stage, devices });
    const env = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
    await files.write(site, { operator: operatorKey, keys, devices: access.keys }, Object.fromEntries(env));
    process.stdout.write(`${written} rows in the tables of swipegate-${stage}; site and keys in ${values.folder}.\n`);
  } finally {
    dynamodb.destroy();
    await files.release();
  }
}

/** @throws {EnvironmentError} if neither the environment nor the profile names a region */
async function checkRegion({ config }: DynamoDBClient): Promise<void> {
  try {
    await config.region();
  } catch (error) {
    const advice = 'Set AWS_REGION to that of the stage, such as AWS_REGION=eu-central-1, or region in ~/.aws/config.';
    throw new EnvironmentError(`There is no region to write the demo into. ${advice}`, { cause: error });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = [OptionError, EnvironmentError, FolderInUseError].some((kind) => error instanceof kind) ? 2 : 1;
}
