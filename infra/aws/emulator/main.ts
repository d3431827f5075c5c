/** `npm run emulator`: deploys onto an emulator of AWS with the CDK's command line, and runs the simulator against it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@swipegate/terminal/message-of';
import { duration, OptionError, parseOptions, rate, url } from '@swipegate/terminal/options';
import { emulatorEnvironment } from './emulator-environment.js';
import { copyWithout } from './leave-out.js';

const ASSEMBLY = 'cdk.emulator';
const FOLDER = '.swipegate-emulator';
const STACKS = 'streams,data,decide,archive';
const WITHOUT = 'AWS::Kinesis::StreamConsumer,AWS::Athena::NamedQuery';
const READY_MS = 60_000;
const ANSWER_MS = 10_000;

const HELP = `npm run emulator -- URL [options]

Deploys a stage onto an emulator of AWS (MiniStack, LocalStack, …) that listens at URL:
builds and synthesises, bootstraps and deploys with aws-cdk, which npx downloads, seeds
the demo site, starts a gateway on this machine, and runs the simulator against it.

  --stacks A,B     stacks to deploy  (${STACKS})
  --without A,B    resource types that the emulator lacks; '' for none
                   (${WITHOUT})
  --account ID     the emulator's account   (000000000000)
  --port N         port of the gateway      (8090)
  --rate N         swipes/s                 (5)
  --duration T     20s, 5m                  (20s)
  --help           show this help

SWIPEGATE_STAGE (test) names the stage. Exit code 0: every swipe got exactly one
correct decision.
`;

class StepError extends Error {
  override readonly name = 'StepError';
  readonly code = 'STEP_FAILED';
}

/** Runs a command in this terminal. @throws {StepError} when it fails */
async function step(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const line = [command, ...args].join(' ');
  process.stdout.write(`\n$ ${line}\n`);
  const [code]: unknown[] = await once(spawn(command, args, { env, stdio: 'inherit' }), 'close');
  if (code !== 0) throw new StepError(`${line} failed: see above.`);
}

/** Any answer shows that the emulator runs. @throws {StepError} if there is none */
async function checkEmulator(endpoint: string): Promise<void> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (error) {
    throw new StepError(`No emulator answers at ${endpoint}: start it first (docs/aws.md).`, { cause: error });
  }
}

async function untilReady(gateway: ChildProcess, address: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline && gateway.exitCode === null) {
    const answer = await fetch(`${address}/readyz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(200);
  }
  throw new StepError('The gateway is not ready: see its log above.');
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseOptions(
    'npm run emulator --',
    args,
    {
      stacks: { type: 'string', default: STACKS },
      without: { type: 'string', default: WITHOUT },
      account: { type: 'string', default: '000000000000' },
      port: { type: 'string', default: '8090' },
      rate: { type: 'string', default: '5' },
      duration: { type: 'string', default: '20s' },
      help: { type: 'boolean', short: 'h' },
    },
    1,
  );
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const [given] = positionals;
  if (given === undefined) {
    throw new OptionError(
      'The address of the emulator is missing: write npm run emulator -- http://127.0.0.1:4566. See npm run emulator -- --help.',
    );
  }
  const endpoint = url('URL', given).origin;
  rate('--rate', values.rate);
  duration('--duration', values.duration);
  const env = emulatorEnvironment(process.env, endpoint);
  const { AWS_REGION: region, SWIPEGATE_STAGE: stage } = env;
  await checkEmulator(endpoint);
  await step('npm', ['run', 'synth'], env);
  copyWithout('cdk.out', ASSEMBLY, new Set(values.without.split(',')));
  const cdk = ['--yes', 'aws-cdk@2'];
  await step('npx', [...cdk, 'bootstrap', `aws://${values.account}/${region}`], env);
  const stacks = values.stacks.split(',').map((name) => `swipegate-${stage}-${name}`);
  await step('npx', [...cdk, 'deploy', '--app', ASSEMBLY, '--require-approval', 'never', ...stacks], env);
  await step(process.execPath, ['infra/dist/local/demo/main.js', '--folder', FOLDER], env);
  const address = `http://127.0.0.1:${values.port}`;
  const gateway = spawn(process.execPath, ['dist-gateway/bin/main.js'], {
    env: { ...env, HOST: '127.0.0.1', PORT: values.port, LOG_LEVEL: 'warn' },
    stdio: 'inherit',
  });
  try {
    await untilReady(gateway, address);
    const files = ['site', 'keys', 'cloud'].flatMap((name) => [`--${name}`, join(FOLDER, `${name}.json`)]);
    const load = ['--target', address, '--rate', values.rate, '--duration', values.duration];
    await step(process.execPath, ['simulator/swipegate-sim.mjs', 'run', ...load, ...files], env);
  } finally {
    gateway.kill('SIGTERM');
    if (gateway.exitCode === null) await once(gateway, 'close');
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OptionError || error instanceof StepError)) throw error;
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
