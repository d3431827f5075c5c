import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { compile, DeviceDoor, DeviceId, explain, namesIn, ReaderId } from '@swipegate/contract';
import { isTimeZone } from '@swipegate/contract/values/time-zone';
import { messageOf } from '@swipegate/terminal/message-of';
import Type from 'typebox';
import { parse } from 'yaml';
import { Mapping } from './mqtt/mapping.js';

/** The configuration cannot be used. The message says which member, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
}

const Text = Type.String({ minLength: 1, maxLength: 1_024 });
const exact = { additionalProperties: false };

/** The key of a device, or the file that holds it. */
const keyFields = { key: Type.Optional(Text), keyFile: Type.Optional(Text) };
const decideFields = {
  decide: Type.Boolean({ default: false, description: 'Swipegate decides, and the bridge opens the door' }),
  patienceSeconds: Type.Number({ minimum: 1, maximum: 10, default: 3, description: 'How long a person waits' }),
};

const BoardConfig = Type.Object(
  {
    deviceId: DeviceId,
    ...keyFields,
    serial: Type.Integer({ minimum: 1, maximum: 0xffff_ffff, description: 'Printed on the board' }),
    address: Type.String({ description: 'IPv4 address of the board, with :PORT if it is not 60000' }),
    timeZone: Type.String({ description: 'IANA time zone of the board’s clock' }),
    doors: Type.Array(Type.Omit(DeviceDoor, ['action'], exact), { minItems: 1, maxItems: 4 }),
    ...decideFields,
    setClock: Type.Boolean({ default: true, description: 'Sets the board’s clock where it is wrong' }),
  },
  exact,
);

const ReaderConfig = Type.Object(
  {
    deviceId: DeviceId,
    ...keyFields,
    make: Type.Enum(['esp-rfid', 'mapped'], { description: 'mapped: any reader, by `mapping`' }),
    topic: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'Base topic of esp-rfid, or a filter with + and #',
    }),
    doors: Type.Array(
      Type.Object(
        {
          door: Type.Optional(Text),
          address: Type.Optional(Text),
          in: Type.Optional(ReaderId),
          out: Type.Optional(ReaderId),
        },
        exact,
      ),
      { minItems: 1, maxItems: 64 },
    ),
    ...decideFields,
    mapping: Type.Optional(Mapping),
    answer: Type.Optional(Type.Object({ topic: Text, granted: Text, denied: Type.Optional(Text) }, exact)),
  },
  exact,
);

const Config = Type.Object(
  {
    gateway: Type.String({ pattern: '^https?://', description: 'Address of the gateway' }),
    ...keyFields,
    spool: Type.Object(
      {
        directory: Text,
        maxMegabytes: Type.Integer({ minimum: 8, maximum: 4_096, default: 64, description: 'For each device' }),
      },
      exact,
    ),
    uhppote: Type.Optional(
      Type.Object(
        {
          listen: Type.String({ default: '0.0.0.0:60001', description: 'IPv4 address and port for events of boards' }),
          boards: Type.Array(BoardConfig, { minItems: 1, maxItems: 256 }),
        },
        exact,
      ),
    ),
    mqtt: Type.Optional(
      Type.Object(
        {
          url: Type.String({ description: 'Address of the broker: mqtt://, mqtts://, ws:// or wss://' }),
          clientId: Type.String({ minLength: 1, maxLength: 64, default: 'swipegate-bridge' }),
          username: Type.Optional(Text),
          passwordFile: Type.Optional(Text),
          caFile: Type.Optional(Text),
          readers: Type.Array(ReaderConfig, { minItems: 1, maxItems: 256 }),
        },
        exact,
      ),
    ),
  },
  exact,
);
export type Config = Type.Static<typeof Config>;
export type BoardConfig = Type.Static<typeof BoardConfig>;
export type ReaderConfig = Type.Static<typeof ReaderConfig>;

const isConfig = compile(Config);

/** Reads the configuration file. @param env may hold BRIDGE_GATEWAY, BRIDGE_KEY and BRIDGE_SPOOL @throws {ConfigError} */
export async function readConfig(file: string, env: Readonly<Record<string, string | undefined>>): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${messageOf(error)}.`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new ConfigError(`${file} is not YAML: ${messageOf(error)}`);
  }
  try {
    return configOf(value, env);
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${file}: ${error.message}`) : error;
  }
}

/** Checks a configuration and adds the defaults. @throws {ConfigError} */
export function configOf(value: unknown, env: Readonly<Record<string, string | undefined>>): Config {
  const root = { ...objectOf(value) };
  const { BRIDGE_GATEWAY: gateway, BRIDGE_KEY: key, BRIDGE_SPOOL: directory } = env;
  if (gateway !== undefined) root['gateway'] = gateway;
  if (key !== undefined) root['key'] = key;
  if (directory !== undefined) root['spool'] = { ...objectOf(root['spool']), directory };
  const config = withDefaults(Config, root);
  if (!isConfig(config)) {
    const { field, reason } = explain(isConfig.errors);
    throw new ConfigError(`${field === '' ? 'the configuration' : field} ${reason}.`);
  }
  check(config);
  return config;
}

/** What the schema cannot say. */
function check(config: Config): void {
  const { uhppote, mqtt } = config;
  const boards = uhppote?.boards ?? [];
  const readers = mqtt?.readers ?? [];
  const devices = [...boards, ...readers];
  if (devices.length === 0) throw new ConfigError('uhppote.boards or mqtt.readers must name a device.');
  const ids = devices.map(({ deviceId }) => deviceId);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new ConfigError(`the deviceId ${twice} is there twice: each device needs its own.`);
  const keyless = devices.find((device) => keyOf(config, device) === undefined);
  if (keyless !== undefined) {
    throw new ConfigError(`${keyless.deviceId} has no key: write key or keyFile, or set BRIDGE_KEY.`);
  }
  if (uhppote !== undefined) hostAndPort('uhppote.listen', uhppote.listen, 0);
  for (const [index, { address, timeZone, serial }] of boards.entries()) {
    hostAndPort(`uhppote.boards.${index}.address`, address, 1);
    if (!isTimeZone(timeZone)) {
      throw new ConfigError(`uhppote.boards.${index}.timeZone must be a time zone such as Europe/Berlin.`);
    }
    if (boards.findIndex((board) => board.serial === serial) !== index) {
      throw new ConfigError(`the serial ${serial} is there twice.`);
    }
  }
  if (mqtt !== undefined && !/^(?:mqtts?|wss?):\/\/./.test(mqtt.url)) {
    throw new ConfigError('mqtt.url must start with mqtt://, mqtts://, ws:// or wss://.');
  }
  for (const [index, { make, decide, mapping, answer }] of readers.entries()) {
    const at = `mqtt.readers.${index}`;
    if (make === 'esp-rfid' && (mapping ?? answer) !== undefined) {
      throw new ConfigError(`${at}: esp-rfid needs no mapping and no answer.`);
    }
    if (make === 'mapped' && decide && answer === undefined) {
      throw new ConfigError(`${at}.answer is missing: with decide, the reader must hear whether it may open.`);
    }
  }
}

/** Key of a device: its own, or the one for all. */
export function keyOf(
  config: Config,
  device: { key?: string; keyFile?: string },
): Pick<Config, 'key' | 'keyFile'> | undefined {
  return [device, config].find(({ key, keyFile }) => (key ?? keyFile) !== undefined);
}

/** Reads ADDRESS or ADDRESS:PORT. @throws {ConfigError} */
export function hostAndPort(
  name: string,
  text: string,
  least: number,
  fallback = 60_000,
): { host: string; port: number } {
  const [, host = '', digits = String(fallback)] = /^([\d.]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = Number(digits);
  if (isIPv4(host) && port >= least && port <= 65_535) return { host, port };
  throw new ConfigError(`${name} must be an IPv4 address, with :PORT if it is not ${fallback}, such as 192.168.1.100.`);
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Adds the defaults of a schema's members, also within objects and arrays. */
function withDefaults(schema: object, value: unknown): unknown {
  const { properties, items } = { properties: undefined, items: undefined, ...schema };
  if (Array.isArray(value)) {
    const itemSchema: unknown = items;
    return typeof itemSchema === 'object' && itemSchema !== null
      ? value.map((item) => withDefaults(itemSchema, item))
      : value;
  }
  const schemas: Readonly<Record<string, unknown>> = objectOf(properties);
  if (typeof value !== 'object' || value === null) return value;
  const members: Record<string, unknown> = { ...value };
  for (const name of namesIn(schemas)) {
    const member = objectOf(schemas[name]);
    if (members[name] === undefined && member['default'] !== undefined) members[name] = member['default'];
    if (members[name] !== undefined) members[name] = withDefaults(member, members[name]);
  }
  return members;
}
