import { dirname, join } from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { EnvironmentError } from '@swipegate/aws/environment';
import { signalWithin } from '@swipegate/aws/signal-within';
import { compile } from '@swipegate/contract';
import { printableJson, printableText } from '@swipegate/terminal/fit';
import { readJsonFile } from '@swipegate/terminal/json-file';
import { OptionError } from '@swipegate/terminal/options';
import Type from 'typebox';
import { type Command, useLocalCloud } from '../command.js';
import { checkCloudWatch, checkOpsPage } from './alarms.js';
import { check } from './check.js';
import { type CheckResult, resultLines } from './check-run.js';
import { type CheckEnvironment, readEnvironment } from './environment.js';
import { type CheckOptions, HELP, readOptions } from './options.js';
import { LEASE_MS, TestTenant } from './test-tenant.js';

/** The checks end before the lease does; the rest is for the cleaning up. */
const CHECKS_MS = LEASE_MS * 0.75;

export const checkCommand: Command = {
  help: HELP,
  async run(args, { stdout }) {
    const options = readOptions(args);
    if (options === undefined) {
      stdout.write(HELP);
      return 0;
    }
    const { local, json } = options;
    if (local !== undefined) await useLocalCloud(local);
    const env = readEnvironment(process.env);
    if (local === undefined && env.SWIPEGATE_STAGE === undefined) {
      throw new EnvironmentError('SWIPEGATE_STAGE is missing: set it to the stage of the deployment, or add --local.');
    }
    const gateway = options.target ?? (await gatewayOf(local ?? ''));
    const requestHandler = new NodeHttpHandler({});
    const dynamodb = new DynamoDBClient({ requestHandler });
    const cloudwatch = new CloudWatchClient({ requestHandler });
    const say = (text: string) => void stdout.write(`${printableText(text)}\n`);
    const stopping = new AbortController();
    // Once: a second Ctrl-C ends the command at once, and the next check removes what is left.
    const stop = () => stopping.abort();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    try {
      if (!json) say(`Checking ${gateway}${local === undefined ? ` of stage ${env.SWIPEGATE_STAGE}` : ''}\n`);
      const { results, isOk } = await check({
        gateway,
        api: options.api,
        tenant: new TestTenant(dynamodb, env),
        alarms: alarmsOf(options, env, cloudwatch),
        onResult: (result) => json || say(resultLines(result).join('\n')),
        signal: signalWithin(CHECKS_MS, stopping.signal),
      });
      say(json ? printableJson({ ok: isOk, gateway, checks: results }) : `\n${verdictOf(results)}`);
      return isOk ? 0 : 1;
    } finally {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
      dynamodb.destroy();
      cloudwatch.destroy();
    }
  },
};

function alarmsOf({ alarms, local }: CheckOptions, env: CheckEnvironment, cloudwatch: CloudWatchClient) {
  const { SWIPEGATE_STAGE: stage = '', OPS_PAGE_URL: opsPage } = env;
  if (!alarms) return undefined;
  if (local === undefined) return () => checkCloudWatch(cloudwatch, stage);
  return opsPage === undefined ? undefined : (signal: AbortSignal) => checkOpsPage(opsPage, signal);
}

function verdictOf(results: readonly CheckResult[]): string {
  const bad = results.filter(({ state }) => state !== 'ok').length;
  return bad === 0 ? `All ${results.length} checks are ok.` : `${bad} of ${results.length} checks are not ok.`;
}

const isRunKeys = compile(Type.Object({ gateway: Type.String() }));

/** @throws {OptionError} */
async function gatewayOf(cloudFile: string): Promise<string> {
  const file = join(dirname(cloudFile), 'keys.json');
  const run: unknown = await readJsonFile(file).catch(() => undefined);
  if (isRunKeys(run)) return run.gateway;
  throw new OptionError(`${file} does not name the gateway: write --target URL.`);
}
