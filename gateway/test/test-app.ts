import { randomUUID } from 'node:crypto';
import {
  type ApiKey,
  type Decision,
  type DeviceCommandRow,
  decidedKey,
  hashApiKey,
  tenantKey,
} from '@swipegate/contract';
import type { TokenVerifier } from '@swipegate/http/sign-in/token-verifier';

import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { Admission } from '../app/admission.js';
import { buildApp } from '../app/app.js';
import { buildDeviceApp } from '../app/device-app.js';
import type { ApiKeyDirectory } from '../auth/api-key-table.js';
import { readConfig } from '../config/config.js';
import { DecisionHub } from '../decisions/decision-hub.js';
import { CommandOutbox } from '../devices/commands.js';
import type { Sink } from '../intake/sink.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { CommandTable } from '../queries/device-commands.js';
import type { Queries } from '../queries/queries.js';

/** Returns a key that has the form of real ones. @param name up to 42 letters, digits, _ or - */
export function testKey(name: string): string {
  return `sgk_${name.padEnd(43, 'A')}`;
}

export const KEY = testKey('north');
export const OTHER_KEY = testKey('of_another_tenant');
export const OPERATOR_KEY = testKey('operator');

/** Readers with card formats: `hex`, `decimal` and `bits`; `plain` has none. */
export const NUMBERED_KEY = testKey('with_formats');

const apiKeys: ApiKey[] = [
  {
    keyHash: hashApiKey(NUMBERED_KEY),
    keyId: 'key-numbered',
    tenantId: 'acme',
    readerIds: ['hex', 'decimal', 'bits', 'plain'],
    cardFormats: { hex: 'uid-hex', decimal: 'uid-decimal-reversed', bits: 'wiegand-26' },
    cardNumbers: 'wiegand-26',
  },
  { keyHash: hashApiKey(KEY), keyId: 'key-north', tenantId: 'acme', readerIds: ['north-in', 'north-out'] },
  { keyHash: hashApiKey(OTHER_KEY), keyId: 'key-other', tenantId: 'globex', readerIds: ['globex-in'] },
  { keyHash: hashApiKey(OPERATOR_KEY), keyId: 'key-desk', tenantId: 'acme', role: 'operator', readerIds: [] },
];

const down = async () => {
  throw new Error('There are no tables in this test');
};
const noTables: Queries = {
  muster: down,
  decisions: down,
  occupancy: down,
  alarms: down,
  moveAlarm: down,
  silentReaders: down,
  forgivePassback: down,
  names: down,
};

export interface Put {
  partitionKey: string;
  record: Record<string, unknown>;
}

/** Sink that records each put; `answer` determines its result. */
export class RecordingSink implements Sink {
  healthy = true;
  readonly puts: Put[] = [];
  answer: (put: Put) => Promise<unknown> = async () => undefined;

  put(partitionKey: string, data: string | Uint8Array): Promise<unknown> {
    const put: Put = { partitionKey, record: JSON.parse(String(data)) };
    const answer = this.answer(put);
    this.puts.push(put);
    return answer;
  }
}

export interface TestOptions {
  keys?: readonly ApiKey[];
  /** Keys in a table, in place of those of two tenants. */
  directory?: ApiKeyDirectory;
  logger?: FastifyBaseLogger;
  /** Reads the tokens of users. Default: operators have keys only. */
  verify?: TokenVerifier;
}

/** Builds the HTTP application with a recording sink and the keys of two tenants. The caller closes the app. */
export async function testApp(
  env: Record<string, string> = {},
  queries: Partial<Queries> = {},
  { keys = [], directory: table, logger = pino({ level: 'silent' }), verify }: TestOptions = {},
) {
  const sink = new RecordingSink();
  const hub = new DecisionHub();
  const metrics = new GatewayMetrics();
  const stored: Decision[] = [];
  const notReady: string[] = [];
  let lookups = 0;
  let held = Promise.resolve();
  const config = readConfig(env);
  const directory: ApiKeyDirectory = table ?? {
    async read(keyHashes) {
      lookups += keyHashes.length;
      await held;
      return [...apiKeys, ...keys].filter(({ keyHash }) => keyHashes.includes(keyHash));
    },
    async *hashes() {
      yield [...apiKeys, ...keys].map(({ keyHash }) => keyHash);
    },
  };
  const commands: DeviceCommandRow[] = [];
  const outbox = new CommandOutbox(memoryCommands(commands), LOOK_EVERY_MS);
  const admission = new Admission(config, directory, metrics, verify);
  const shared = { config, logger, sink, hub, metrics, admission, outbox };
  const app = await buildApp({
    ...shared,
    findDecisions: async (tenantId, swipeId) =>
      stored.filter((decision) => decision.tenantId === tenantId && decision.swipeId === swipeId),
    queries: { ...noTables, ...queries },
    readerHistory: async (tenantId, readerId, fromKey, limit) => {
      const found = stored
        .filter((decision) => decision.tenantId === tenantId && decision.readerId === readerId)
        .filter((decision) => decidedKey(decision) >= fromKey)
        .sort((a, b) => (decidedKey(a) < decidedKey(b) ? -1 : 1));
      return { decisions: found.slice(-limit), more: found.length > limit };
    },
    notReady: () => notReady,
  });
  return {
    app,
    /** Builds the application of the device port. The caller closes it. */
    buildDevices: () => buildDeviceApp(shared),
    sink,
    hub,
    metrics,
    stored,
    /** Rows of the table of commands. */
    commands,
    notReady,
    lookups: () => lookups,
    /** Look-ups of keys wait from now on until the returned function is called. */
    holdLookups(): () => void {
      let release = (): void => undefined;
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
}

/** The table of commands in memory. */
export function memoryCommands(rows: DeviceCommandRow[]): CommandTable {
  return {
    waiting: async () => rows.filter(({ waiting }) => waiting !== undefined).map((row) => ({ ...row })),
    ofDevice: async (deviceKey) => rows.filter((row) => row.deviceKey === deviceKey),
    move: async ({ deviceKey, commandId }, from, step) => {
      const row = rows.find((each) => each.deviceKey === deviceKey && each.commandId === commandId);
      if (row?.state !== from) return false;
      delete row.waiting;
      Object.assign(row, step);
      return true;
    },
  };
}

/** Returns a command that waits. @param fields with a deviceId */
export function waitingCommand(fields: Partial<DeviceCommandRow> = {}): DeviceCommandRow {
  const nowMs = Date.now();
  const [tenantId, deviceId] = [fields.tenantId ?? 'acme', fields.deviceId ?? 'panel'];
  return {
    deviceKey: tenantKey(tenantId, deviceId),
    tenantId,
    commandId: randomUUID(),
    deviceId,
    door: 1,
    command: 'open',
    why: 'A visitor rang',
    by: { userId: 'u1', userName: 'samuel' },
    at: new Date(nowMs).toISOString(),
    expiresAt: new Date(nowMs + 60_000).toISOString(),
    state: 'waiting',
    waiting: 'waiting',
    deleteAfter: 4_000_000_000,
    ...fields,
  };
}

const LOOK_EVERY_MS = 10;

/** Resolves once the outbox of a test application looks at its table again. */
export function looked(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS + 1));
}

let made = 0;

/** Returns a valid swipe with a new id. */
export function swipe(fields: Record<string, unknown> = {}): Record<string, unknown> {
  made += 1;
  return {
    swipeId: `0193a1d2-7c1e-7000-8000-${String(made).padStart(12, '0')}`,
    readerId: 'north-in',
    cardId: 'card-1',
    readAt: new Date().toISOString(),
    ...fields,
  };
}

/** Returns a decision of a swipe, as the function would make it. */
export function decisionFor(posted: Record<string, unknown>, fields: Partial<Decision> = {}): Decision {
  const at = new Date().toISOString();
  return {
    swipeId: String(posted['swipeId']),
    tenantId: 'acme',
    readerId: String(posted['readerId']),
    cardId: String(posted['cardId']),
    outcome: 'granted',
    reason: 'granted',
    direction: 'in',
    readAt: at,
    receivedAt: at,
    decidedAt: at,
    timeBasis: 'readAt',
    sequence: '1.0',
    ...fields,
  };
}

export const json = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
export const ndjson = { authorization: `Bearer ${KEY}`, 'content-type': 'application/x-ndjson' };
