import { once } from 'node:events';
import { createServer } from 'node:http';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { type Decision, decisionRow, type Employee, nameKey, type Site, TABLES, tenantKey } from '@swipegate/contract';
import { createTokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import { buildAdminApp } from '@swipegate/lambdas/admin/app';
import { readEnvironment } from '@swipegate/lambdas/admin/environment';
import { presenceRow } from '@swipegate/lambdas/stores/presence';
import Fastify from 'fastify';
import { pino } from 'pino';
import type { Test } from 'tap';
import { startTestCloud } from '../../../testing/test-cloud.js';
import type { ProvisionedCloud } from '../../cloud/cloud.js';
import { demoSite } from '../../demo/demo-site.js';
import { seed } from '../../demo/seed.js';
import { type Issuer, startIssuer } from '../../sign-in/issuer.js';
import { startConsole } from '../console-server.js';
import { EventPath } from './console-event-path.js';
import { type StubBucket, stubBucket } from './stub-bucket.js';

export const HOSTILE_NAME = '<img src=x onerror=alert(1)>';
/** Employee with the hostile name, without a card. */
export const HOSTILE_EMPLOYEE = 'emp-90000';
/** Employee who is inside, with granted and denied swipes. */
export const KNOWN_EMPLOYEE = 'emp-00001';
const EMPLOYEES = 120;

export interface BackOffice {
  consoleUrl: string;
  apiUrl: string;
  issuer: Issuer;
  /** Name of {@link KNOWN_EMPLOYEE}. */
  knownName: string;
  events: EventPath;
  bucket: StubBucket;
  dynamodb: DynamoDBClient;
  /** While on, the API answers 503 to every request. */
  outage: { isOn: boolean };
}

/**
 * Starts the real admin API on an embedded DynamoDB, with the local issuer and the console. The event path is a stub.
 */
export async function startBackOffice(t: Pick<Test, 'teardown'>): Promise<BackOffice> {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const knownName = await seedPeople(cloud);
  const outage = { isOn: false };
  const api = await listenBeforeBuilt(t, outage);
  const issuer = await startIssuer({ redirectUris: [], logoutUris: [] });
  t.teardown(() => issuer.close());
  const bucket = await stubBucket(t, () => new URL(site.url).origin);
  const site = await startConsole({
    port: 0,
    host: '127.0.0.1',
    config: { apiUrl: api.url, issuer: issuer.issuer, clientId: issuer.clientId },
    uploadsUrl: bucket.url,
  });
  t.teardown(() => site.close());
  issuer.registerClientUrls({ redirectUris: [site.url], logoutUris: [site.url] });
  const events = new EventPath(cloud.clients.dynamodb);
  const app = await buildAdminApp({
    environment: readEnvironment({
      TOKEN_ISSUER: issuer.issuer,
      TOKEN_CLIENT_ID: issuer.clientId,
      CHANGES_TOPIC_ARN: 'arn:aws:sns:eu-central-1:000000000000:swipegate-changes.fifo',
      CONSOLE_ORIGIN: new URL(site.url).origin,
    }),
    dynamodb: cloud.clients.dynamodb,
    sns: events.sns,
    s3: bucket.s3,
    verify: createTokenVerifier({ issuer: issuer.issuer, clientId: issuer.clientId, jwksUri: issuer.jwksUri }),
    logger: pino({ level: 'silent' }),
  });
  t.teardown(async () => {
    await events.settled();
    await app.close();
  });
  await app.ready();
  api.handler = app.routing;
  return {
    consoleUrl: site.url,
    apiUrl: api.url,
    issuer,
    knownName,
    events,
    bucket,
    dynamodb: cloud.clients.dynamodb,
    outage,
  };
}

/** Listens before the API is built: API and console need each other's origin, so one must have its port first. */
async function listenBeforeBuilt(t: Pick<Test, 'teardown'>, outage: { isOn: boolean }) {
  const api = { url: '', handler: Fastify().routing };
  const server = createServer((request, response) => {
    if (!outage.isOn || request.method === 'OPTIONS') return api.handler(request, response);
    response.writeHead(503, { 'access-control-allow-origin': request.headers.origin ?? '*' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The API has no TCP port');
  api.url = `http://127.0.0.1:${address.port}`;
  return api;
}

/** @returns the name of {@link KNOWN_EMPLOYEE} */
async function seedPeople({ clients: { dynamodb } }: ProvisionedCloud): Promise<string> {
  const demo = demoSite();
  const hostile: Employee = {
    employeeId: HOSTILE_EMPLOYEE,
    name: HOSTILE_NAME,
    active: true,
    accessLevelIds: ['staff'],
  };
  const employees = [...demo.employees.slice(0, EMPLOYEES), hostile];
  const ids = new Set(employees.map(({ employeeId }) => employeeId));
  const cards = demo.cards.filter(({ employeeId }) => employeeId !== undefined && ids.has(employeeId));
  const [first] = cards;
  if (first === undefined) throw new Error('The demo site has no card');
  const site: Site = { ...demo, employees: [], cards: [...cards.slice(1), { ...first, status: 'active' }] };
  await seed(dynamodb, site, []);
  const { tenantId } = demo;
  await batchWrite(
    dynamodb,
    TABLES.employees,
    employees.map((employee) => ({
      employeeKey: tenantKey(tenantId, employee.employeeId),
      ...employee,
      tenantId,
      nameKey: nameKey(employee),
      cardIds: cards.flatMap(({ cardId, employeeId }) => (employeeId === employee.employeeId ? [cardId] : [])),
    })),
  );
  const since = new Date(Date.now() - 3_600_000).toISOString();
  await batchWrite(
    dynamodb,
    TABLES.presence,
    cards.slice(0, 12).map(({ cardId, employeeId }) =>
      Object.fromEntries(
        Object.entries(
          presenceRow({
            cardKey: tenantKey(tenantId, cardId),
            version: 1,
            sequence: '',
            ...(employeeId && { employeeId }),
            inside: { buildingId: 'hq', zoneId: 'hq-offices', since, swipeId: crypto.randomUUID() },
            movedAt: since,
            outbox: [],
          }),
        ).filter(([, value]) => value !== undefined),
      ),
    ),
  );
  await batchWrite(
    dynamodb,
    TABLES.decisions,
    decisionsOf(tenantId, first.cardId).map((decision) => decisionRow(decision, 4_000_000_000)),
  );
  return employees.find(({ employeeId }) => employeeId === KNOWN_EMPLOYEE)?.name ?? '';
}

/** 130 swipes of one employee; every tenth is denied. */
function decisionsOf(tenantId: string, cardId: string): Decision[] {
  return Array.from({ length: 130 }, (_, i): Decision => {
    const at = new Date(Date.now() - 3_600_000 - i * 600_000).toISOString();
    const isDenied = i % 10 === 3;
    return {
      swipeId: crypto.randomUUID(),
      tenantId,
      readerId: isDenied ? 'hq-lab-in-1' : 'hq-north-in-1',
      cardId,
      employeeId: KNOWN_EMPLOYEE,
      outcome: isDenied ? 'denied' : 'granted',
      reason: isDenied ? 'denied-out-of-time-range' : 'granted',
      direction: 'in',
      buildingId: 'hq',
      zoneId: isDenied ? 'hq-lab' : 'hq-offices',
      readAt: at,
      receivedAt: at,
      decidedAt: at,
      timeBasis: 'readAt',
      sequence: `${String(i).padStart(56, '0')}.000000`,
    };
  });
}
