import { ConfigSchema, readConfig } from '@swipegate/gateway/config/config';
import { DecideSchema, readEnvironment } from '@swipegate/lambdas/decide/environment';
import { OptionError } from '@swipegate/terminal/options';
import { LOCAL_CLIENT } from '../emulators/protocol/local-account.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface GatewaySettings {
  /** Variables of the gateway that the user has set and the local gateway takes. */
  env: Record<string, string>;
  /** Variables that have no effect here, as sentences. */
  notes: string[];
}

/** Settings that suit one machine better than the gateway's defaults. */
export const LOCAL_DEFAULTS = {
  // Longer than in production: fewer, fuller calls leave the cores to the emulators.
  LINGER_MS: '15',
  // AWS limits reads to 5/s per shard. The emulator has no limit, and holds a read until a decision arrives.
  DECISIONS_POLL_MS: '20',
};

/** Read by `npm start` itself, which passes them on. */
const READ_BEFORE = new Set(['PORT', 'HOST']);
/** An operator's shell may set it for the commands. */
const IGNORED = 'SWIPEGATE_STAGE';
const ENDPOINTS = ['AWS_ENDPOINT_URL_KINESIS', 'AWS_ENDPOINT_URL_DYNAMODB'];
const REFUSED: Readonly<Record<string, string>> = {
  CALLERS: 'it follows from HOST',
  OPS_URL: 'the ops page of this run is its value; OPS_PORT changes the port',
  DECISIONS_CONSUMER: 'the local Kinesis can only be polled',
  DECISIONS_CONSUMER_NAME: 'the local Kinesis can only be polled',
};

/**
 * Reads the gateway's and decide's variables from the environment of `npm start`, so that a wrong one is reported before
 * anything starts.
 * @throws {OptionError} for a variable that only a deployment can set
 * @throws {EnvironmentError} for a value that is not allowed
 */
export function readGatewaySettings(env: Environment): GatewaySettings {
  refuseFixed(env);
  readConfig(env);
  readEnvironment(env);
  const own = Object.keys(ConfigSchema.properties).filter(
    (name) => !READ_BEFORE.has(name) && name !== IGNORED && !name.startsWith('AWS_') && refusalOf(name) === undefined,
  );
  const given = own.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  return { env: Object.fromEntries(given), notes: notesOf(env) };
}

function refuseFixed(env: Environment): void {
  const defaults: Readonly<Record<string, unknown>> = { ...readConfig({}), ...readEnvironment({}) };
  for (const name of [ConfigSchema, DecideSchema].flatMap(({ properties }) => Object.keys(properties))) {
    const refusal = refusalOf(name);
    if (refusal === undefined || !env[name] || env[name] === defaults[name]) continue;
    throw new OptionError(`${name} cannot be set for the local product: ${refusal}. Unset it.`);
  }
}

function refusalOf(name: string): string | undefined {
  if (name.startsWith('TABLE_')) return 'it makes its own tables';
  return name.endsWith('_STREAM') ? 'it makes its own streams' : REFUSED[name];
}

function notesOf({ AWS_REGION, ...env }: Environment): string[] {
  const { region } = LOCAL_CLIENT;
  return [
    ...(AWS_REGION && AWS_REGION !== region ? [`AWS_REGION has no effect: the local cloud is in ${region}.`] : []),
    ...(env[IGNORED] ? [`${IGNORED} has no effect: the local cloud has no stages.`] : []),
    ...ENDPOINTS.filter((name) => env[name]).map((name) => `${name} has no effect: use --endpoint URL.`),
  ];
}
