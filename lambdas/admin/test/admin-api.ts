import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeStatus, Site } from '@swipegate/contract';
import { createTokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import { type BackOfficeNames, provisionBackOffice } from '@swipegate/infra/local/cloud/provision-back-office';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import { seed } from '@swipegate/infra/local/demo/seed';
import { type Issuer, startIssuer } from '@swipegate/infra/local/sign-in/issuer';
import { type LocalDatabase, startDatabase } from '@swipegate/infra/testing/local-database';
import { type LocalServices, startServices } from '@swipegate/infra/testing/local-services';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type { JWTPayload } from 'jose';
import { pino } from 'pino';
import type { Test } from 'tap';
import { buildAdminApp } from '../app.js';
import { readEnvironment } from '../environment.js';

/** Headers of requests that create an entry, and that replace whatever is there. */
export const CREATE = { 'if-none-match': '*' };
export const REPLACE = { 'if-match': '*' };

export const CONSOLE = 'http://127.0.0.1:4000';
const PEOPLE = 20;

export type Answer = Awaited<ReturnType<FastifyInstance['inject']>>;
export type Ask = Pick<InjectOptions, 'headers' | 'payload'>;

export interface AdminApi extends LocalDatabase {
  app: FastifyInstance;
  issuer: Issuer;
  services: LocalServices;
  names: BackOfficeNames;
  /** Initial sites: `demo` is the demo site with few people, `other` is a minimal one. */
  sites: { demo: Site; other: Site };
  /** Everything logged, from level trace. */
  logged(): string;
  /** Sends a request. @param who demo user; undefined sends no token @param groups replace the user's groups */
  ask(who: string | undefined, method: string, url: string, request?: Ask, groups?: readonly string[]): Promise<Answer>;
  /** Polls a change until it is applied or rejected. Needs the functions of event-functions.ts. */
  settled(who: string, changeId: string): Promise<ChangeStatus>;
}

/** Starts the admin API on embedded services in this process, with the users of the local issuer. */
export async function startAdminApi(t: Test): Promise<AdminApi> {
  const [services, database, issuer] = await Promise.all([
    startServices(t),
    startDatabase(t),
    startIssuer({ redirectUris: [], logoutUris: [] }),
  ]);
  t.teardown(() => issuer.close());
  const names = await provisionBackOffice(services, { visibilitySeconds: 1, consoleOrigin: CONSOLE });
  const sites = { demo: smallDemo(), other: otherSite() };
  for (const site of [sites.demo, sites.other]) await seed(database.dynamodb, site, []);

  const lines: string[] = [];
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const app = await buildAdminApp({
    environment: readEnvironment({
      TOKEN_ISSUER: issuer.issuer,
      TOKEN_CLIENT_ID: issuer.clientId,
      CHANGES_TOPIC_ARN: names.changesTopicArn,
      CONSOLE_ORIGIN: CONSOLE,
    }),
    dynamodb: database.dynamodb,
    sns: services.sns,
    s3: services.s3,
    verify: createTokenVerifier({ issuer: issuer.issuer, clientId: issuer.clientId, jwksUri: issuer.jwksUri }),
    logger: pino({ level: 'trace' }, log),
  });
  t.teardown(() => app.close());
  await app.ready();

  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (who: string, claims: JWTPayload): Promise<string> => {
    const key = JSON.stringify([who, claims]);
    const token = tokens.get(key) ?? issuer.tokenFor(who, claims);
    tokens.set(key, token);
    return token;
  };
  const ask: AdminApi['ask'] = async (who, method, url, { headers, payload } = {}, groups) => {
    const claims = groups === undefined ? {} : { 'cognito:groups': groups };
    const authorization = who === undefined ? {} : { authorization: `Bearer ${await tokenOf(who, claims)}` };
    return app.inject({
      method: methodOf(method),
      url,
      headers: { ...authorization, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
  };
  return {
    ...database,
    app,
    issuer,
    services,
    names,
    sites,
    ask,
    logged: () => lines.join(''),
    async settled(who, changeId) {
      for (;;) {
        const status: ChangeStatus = (await ask(who, 'GET', `/v1/changes/${changeId}`)).json();
        if (status.state === 'applied' || status.state === 'rejected') return status;
        await delay(10);
      }
    },
  };
}

type Method = NonNullable<InjectOptions['method']>;
const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

function methodOf(name: string): Method {
  const method = METHODS.find((each) => each === name);
  if (method === undefined) throw new TypeError(`${name} is not a method`);
  return method;
}

function smallDemo(): Site {
  const demo = demoSite();
  const employees = demo.employees.slice(0, PEOPLE);
  const ids = new Set(employees.map(({ employeeId }) => employeeId));
  const cards = demo.cards.filter(({ employeeId }) => employeeId !== undefined && ids.has(employeeId));
  return { ...demo, employees, cards };
}

function otherSite(): Site {
  const [buildingId, zoneId] = ['annex', 'annex-hall'];
  return {
    tenantId: 'other',
    buildings: [{ buildingId, name: 'Other', timeZone: 'UTC' }],
    zones: [{ zoneId, buildingId, name: 'Hall', antiPassback: { mode: 'none' } }],
    schedules: [],
    accessLevels: [],
    readers: [{ readerId: 'other-in', door: 'Door', buildingId, zoneId, direction: 'in', mode: 'normal' }],
    employees: [{ employeeId: 'other-1', name: 'Otto', active: true, accessLevelIds: [] }],
    cards: [{ cardId: 'other-card', status: 'active', employeeId: 'other-1' }],
  };
}
