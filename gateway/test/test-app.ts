import { type ApiKey, type Decision, decidedKey, hashApiKey } from '@swipegate/contract';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { Admission } from '../app/admission.js';
import { buildApp } from '../app/app.js';
import { buildDeviceApp } from '../app/device-app.js';
import type { ApiKeyDirectory } from '../auth/api-key-table.js';
import { readConfig } from '../config/config.js';
import { DecisionHub } from '../decisions/decision-hub.js';
import type { Sink } from '../intake/sink.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
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
  silentReaders: down,
  forgivePassback: down,
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

/** Builds the HTTP application with a recording sink and the keys of two tenants. The caller closes the app. */
export async function testApp(
  env: Record<string, string> = {},
  queries: Partial<Queries> = {},
  { keys = [], logger = pino({ level: 'silent' }) }: { keys?: readonly ApiKey[]; logger?: FastifyBaseLogger } = {},
) {
  const sink = new RecordingSink();
  const hub = new DecisionHub();
  const metrics = new GatewayMetrics();
  const stored: Decision[] = [];
  const notReady: string[] = [];
  let lookups = 0;
  let held = Promise.resolve();
  const config = readConfig(env);
  const directory: ApiKeyDirectory = {
    async read(keyHashes) {
      lookups += keyHashes.length;
      await held;
      return [...apiKeys, ...keys].filter(({ keyHash }) => keyHashes.includes(keyHash));
    },
    async *hashes() {
      yield [...apiKeys, ...keys].map(({ keyHash }) => keyHash);
    },
  };
  const shared = { config, logger, sink, hub, metrics, admission: new Admission(config, directory, metrics) };
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
