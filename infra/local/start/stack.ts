import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Site } from '@swipegate/contract';
import { isLoopback } from '@swipegate/http/foreign-callers';
import { gatewayNodeOptions } from '../../resources.js';
import { type BackOffice, startBackOffice } from '../back-office/start-back-office.js';
import { type LocalCloud, startLocalCloud, useEmulator } from '../cloud/cloud.js';
import { allowUploads } from '../cloud/provision-back-office.js';
import type { SiteFiles } from '../demo/site-files.js';
import { firstUsers, startSite } from '../demo/start-site.js';
import { type OpsServer, startOps } from '../ops/ops-server.js';
import type { Exit } from '../processes/child.js';
import type { ChildRoster } from '../processes/child-roster.js';
import { freePort, portIn, urlAt } from '../processes/ports.js';
import type { Service } from '../processes/service.js';
import { CLIENT_ID } from '../sign-in/client.js';
import { type Runner, startRunner } from '../sources/runner.js';
import { type GatewaySettings, LOCAL_DEFAULTS } from './gateway-settings.js';

const DATA_IS_GONE =
  'Its data was in memory, so the run has ended. With npm start -- --data DIR the data is on disk, and such a process starts again.';
/** The back office listens only there. */
const LOOPBACK = '127.0.0.1';
const GATEWAY_GRACE_MS = 30_000;
const DRAIN_MS = 60_000;

export interface StackOptions {
  port: number;
  opsPort: number;
  host: string;
  /** Port of the console; undefined starts no back office and no archive. */
  consolePort?: number | undefined;
  /** Address of an emulator to use instead of the embedded cloud. */
  endpoint?: string | undefined;
  /** Folder that keeps the embedded cloud's data for the next start. */
  dataFolder?: string | undefined;
  /** Tenant to start without a site, for its admin to set up. Default: the demo site. */
  emptyTenant?: string | undefined;
  /** Rate limit of one reader's key, requests/s, unless the user set another one. */
  rateLimitPerSecond: number;
  /** Variables of the environment for the gateway. */
  gatewaySettings?: GatewaySettings;
  files: SiteFiles;
  roster: ChildRoster;
  /** Receives a line of progress after each step. */
  say(line: string): void;
}

/** Everything except the readers. */
export interface Stack {
  cloud: LocalCloud;
  dynamodb: DynamoDBClient;
  site: Site;
  /** The tenant whose admin sets the site up; undefined: the demo site. */
  emptyTenant: string | undefined;
  /** Whether the cloud holds the data of an earlier start. */
  isKept: boolean;
  keys: Readonly<Record<string, string>>;
  operatorKey: string;
  gateway: Service;
  gatewayUrl: string;
  runner: Runner;
  ops: OpsServer;
  backOffice: BackOffice | undefined;
}

/** Starts the stack in child processes. If it rejects, the roster holds the processes to end. */
export async function startStack({ files, roster, say, ...options }: StackOptions): Promise<Stack> {
  const logFile = (name: string) => files.logFile(name);
  await files.prepare();
  const step = stepTimer(say);
  for (const note of options.gatewaySettings?.notes ?? []) say(`  ${note}`);

  const { endpoint, dataFolder, emptyTenant } = options;
  const startService: ChildRoster['startService'] = (optionsOf) => roster.startService(optionsOf);
  const cloud =
    endpoint === undefined
      ? await step(
          'embedded Kinesis, DynamoDB, S3, SNS and SQS',
          startLocalCloud({
            logFile,
            objectsFolder: files.objectsFolder,
            kept: dataFolder === undefined ? undefined : { folder: dataFolder, startService },
          }),
        )
      : await step(`emulator at ${endpoint}`, useEmulator(endpoint));
  for (const child of cloud.children) roster.add(child, DATA_IS_GONE);
  const { dynamodb } = cloud.clients;

  const prepared = await startSite(dynamodb, emptyTenant, await files.keptKeys());
  const { site, isKept, keys, operatorKey } = prepared;
  await files.writeFirstUsers(firstUsers(emptyTenant));
  const ops = await startOps({ port: options.opsPort, host: options.host, operatorKey });
  // The gateway must know the console and the sign-in service before they run, and the console the gateway.
  const port = await freePort(options.port, options.host);
  const desk = options.consolePort === undefined ? undefined : await deskOf(options.consolePort);
  // In parallel: the processes boot while the emulator is busy with the seed.
  const [, gateway, runner, backOffice] = await roster.guard(
    Promise.all([
      step(prepared.title, prepared.write()),
      step('gateway', startGateway()),
      step(
        'decision Lambda',
        startRunner({
          env: cloud.env,
          logFile: logFile('decide'),
          onFailureFile: files.onFailureFile,
          checkpointsFile: files.checkpointsFile('decide'),
          roster,
        }),
      ),
      desk &&
        step(
          'back office',
          startBackOffice({
            env: cloud.env,
            ports: desk.ports,
            gatewayUrl: urlAt(port, options.host),
            files,
            roster,
          }),
        ),
    ]),
  );
  // The console may have taken any port.
  if (backOffice !== undefined) await allowUploads(cloud.clients.s3, new URL(backOffice.consoleUrl).origin);
  const gatewayUrl = String(gateway.ready['url']);
  const otherMetricsUrls = [
    String(runner.child.ready['metricsUrl']),
    ...(endpoint === undefined ? [`${cloud.dynamodbEndpoint}/metrics`] : []),
    ...(backOffice === undefined ? [] : [backOffice.metricsUrl]),
  ];
  ops.watch({ gatewayUrl, otherMetricsUrls });
  const access = {
    gateway: gatewayUrl,
    ...(gateway.ready['deviceUrl'] === undefined ? {} : { devicePort: String(gateway.ready['deviceUrl']) }),
    operator: operatorKey,
    ...(emptyTenant === undefined ? {} : { operators: { ...prepared.operators } }),
    keys,
    devices: { ...prepared.devices },
    ...(emptyTenant === undefined ? {} : { tenant: emptyTenant }),
    ...(backOffice && {
      admin: { url: backOffice.apiUrl, tokens: { ...backOffice.tokens }, signIn: backOffice.signInUrl },
    }),
  };
  // With these, commands find the services that AWS has at one known address.
  const found = { ...(backOffice && { SIGN_IN_URL: backOffice.signInUrl }), OPS_PAGE_URL: ops.url };
  await files.write(emptyTenant === undefined ? site : undefined, access, { ...cloud.env, ...found });
  return {
    cloud,
    dynamodb,
    site,
    emptyTenant,
    isKept,
    keys,
    operatorKey,
    gateway,
    gatewayUrl,
    runner,
    ops,
    backOffice,
  };

  function startGateway(): Promise<Service> {
    return roster.startService((before) => ({
      name: 'gateway',
      module: new URL(import.meta.resolve('@swipegate/gateway/main')),
      nodeOptions: gatewayNodeOptions,
      env: {
        ...cloud.env,
        ...LOCAL_DEFAULTS,
        ...desk?.forGateway,
        DEVICE_TENANT: site.tenantId,
        RATE_LIMIT_PER_SECOND: String(options.rateLimitPerSecond),
        ...options.gatewaySettings?.env,
        ...(before?.['deviceUrl'] === undefined ? {} : { DEVICE_PORT: portIn(before['deviceUrl']) }),
        PORT: String(port),
        HOST: options.host,
        CALLERS: isLoopback(options.host) ? 'this-machine' : 'any',
        OPS_URL: `:${ops.port}/ops`,
      },
      logFile: logFile('gateway'),
    }));
  }
}

/** Chooses the ports of the back office. @param consolePort 0 takes a free one */
async function deskOf(consolePort: number) {
  const ports = { console: await freePort(consolePort, LOOPBACK), issuer: await freePort(0, LOOPBACK) };
  const forGateway = {
    TOKEN_ISSUER: urlAt(ports.issuer, LOOPBACK),
    TOKEN_CLIENT_ID: CLIENT_ID,
    CONSOLE_ORIGIN: urlAt(ports.console, LOOPBACK),
  };
  return { ports, forGateway };
}

/**
 * Stops the gateway, waits until all it accepted is decided, and stops the ops page and the back office. Streams and
 * tables can still be read. @returns exit of the gateway
 */
export async function finishStack({ gateway, runner, ops, backOffice }: Stack): Promise<Exit> {
  const exit = await gateway.stop(GATEWAY_GRACE_MS);
  await runner.drain(DRAIN_MS);
  await ops.close();
  await backOffice?.stop();
  return exit;
}

export async function stopStack({ runner, cloud }: Stack): Promise<void> {
  await runner.child.stop();
  await cloud.stop();
}

/** Reports each step with its duration when it is done. */
function stepTimer(say: (line: string) => void) {
  return async <Result>(name: string, work: Promise<Result>): Promise<Result> => {
    const startedAt = performance.now();
    const result = await work;
    say(`  ${name.padEnd(56)}${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s`);
    return result;
  };
}
