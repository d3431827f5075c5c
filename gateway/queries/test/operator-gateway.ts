import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { hashApiKey, placeKey, type Site, tenantKey } from '@swipegate/contract';
import type { Row } from '@swipegate/http/query-rows';
import { seed } from '@swipegate/infra/local/demo/seed';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import { pino } from 'pino';
import type { Test } from 'tap';
import { readConfig } from '../../config/config.js';
import { DecisionHub } from '../../decisions/decision-hub.js';
import { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { startFrontend } from '../../process/frontend.js';
import { type Relay, startRelay } from '../../test/tcp-relay.js';
import { OPERATOR_KEY, RecordingSink, testKey } from '../../test/test-app.js';

export const GLOBEX_OPERATOR_KEY = testKey('operator_of_another_tenant');

/** A gateway with its own DynamoDB and a small site of the tenant acme, seen by an operator. */
export interface OperatorGateway {
  url: string;
  dynamodb: DynamoDBClient;
  /** Relay between the gateway and DynamoDB. */
  relay: Relay;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  put(tableName: string, rows: readonly Row[]): Promise<void>;
}

export async function startOperatorGateway(t: Test, env: Record<string, string> = {}): Promise<OperatorGateway> {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const { dynamodb } = cloud.clients;
  await seed(dynamodb, site(), [
    { keyHash: hashApiKey(OPERATOR_KEY), keyId: 'key-desk', tenantId: 'acme', role: 'operator', readerIds: [] },
    {
      keyHash: hashApiKey(GLOBEX_OPERATOR_KEY),
      keyId: 'key-globex-desk',
      tenantId: 'globex',
      role: 'operator',
      readerIds: [],
    },
  ]);
  // No retries: their pauses would slow down the outage tests.
  Object.assign(process.env, cloud.env, { AWS_MAX_ATTEMPTS: '1' });
  const relay = await startRelay(new URL(cloud.dynamodbEndpoint));
  t.teardown(() => relay.close());
  const config = readConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    AWS_ENDPOINT_URL_DYNAMODB: relay.url,
    ...env,
  });
  const frontend = await startFrontend(config, pino({ level: 'silent' }), {
    sink: new RecordingSink(),
    hub: new DecisionHub(),
    metrics: new GatewayMetrics(),
    notReady: () => [],
    isTailBehind: () => false,
  });
  t.teardown(() => frontend.close());
  const authorization = `Bearer ${OPERATOR_KEY}`;
  return {
    url: frontend.url,
    dynamodb,
    relay,
    get: (path, headers = {}) => fetch(`${frontend.url}${path}`, { headers: { authorization, ...headers } }),
    post: (path, body) =>
      fetch(`${frontend.url}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    put: (tableName, rows) => batchWrite(dynamodb, tableName, rows),
  };
}

/** Returns the JSON body of a response. */
export async function jsonOf(response: Response | Promise<Response>) {
  return JSON.parse(await (await response).text());
}

/** Follows `nextCursor` from page to page. @returns the items of each page */
export async function pagesOf<Item>(gateway: OperatorGateway, path: string): Promise<Item[][]> {
  const pages: Item[][] = [];
  let cursor: string | undefined;
  do {
    const next = cursor === undefined ? '' : `${path.includes('?') ? '&' : '?'}cursor=${cursor}`;
    const response = await gateway.get(`${path}${next}`);
    if (response.status !== 200) throw new Error(await response.text());
    const page: { items: Item[]; nextCursor?: string } = JSON.parse(await response.text());
    pages.push(page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return pages;
}

/** Returns the presence row of a card inside `hq`. @param seen the reader and direction of the last move */
export function insideRow(
  cardId: string,
  zoneId: string,
  since: string,
  employeeId?: string,
  seen?: { readerId: string; direction: 'in' | 'out' },
): Row {
  return {
    cardKey: tenantKey('acme', cardId),
    version: 3,
    sequence: '1.0',
    inside: { buildingId: 'hq', zoneId, since, swipeId: '0193a1d2-7c1e-7000-8000-000000000001', ...seen },
    outbox: '[]',
    ...(employeeId === undefined ? {} : { employeeId }),
    buildingKey: tenantKey('acme', 'hq'),
    placeKey: placeKey({ zoneId, since, ...seen }),
  };
}

/** Returns a UUID that ends with a number. */
export function uuid(number: number): string {
  return `0193a1d2-7c1e-7000-8000-${String(number).padStart(12, '0')}`;
}

/** 250 employees, more than one call reads. The id of zone `hq-lab` is a prefix of `hq-lab-2`. */
function site(): Site {
  const zone = (zoneId: string, buildingId: string) => {
    return { zoneId, buildingId, name: zoneId, antiPassback: { mode: 'hard' as const } };
  };
  const reader = (readerId: string) => {
    return { readerId, door: 'North', buildingId: 'hq', zoneId: 'hq-lab', direction: 'in', mode: 'normal' } as const;
  };
  const names = ['=HYPERLINK("http://evil")', 'Doe, "Jo"', 'Ärlig Åsa'];
  return {
    tenantId: 'acme',
    buildings: ['hq', 'empty'].map((buildingId) => ({ buildingId, name: buildingId, timeZone: 'Europe/Berlin' })),
    zones: [zone('hq-lab', 'hq'), zone('hq-lab-2', 'hq'), zone('empty-hall', 'empty')],
    schedules: [],
    accessLevels: [],
    readers: ['north-in', 'north-out', 'south-in', 'west-in'].map(reader),
    employees: Array.from({ length: 250 }, (_, i) => ({
      employeeId: `emp-${i}`,
      name: names[i] ?? `Person ${String(i).padStart(3, '0')}`,
      active: true,
      accessLevelIds: [],
    })),
    cards: [],
  };
}
