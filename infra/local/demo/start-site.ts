import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { defaultTenant, groupOf, newApiKey, type Site } from '@swipegate/contract';
import { operatorKeyRows, tenantRow } from '@swipegate/lambdas/stores/tenant-rows';
import { OptionError } from '@swipegate/terminal/options';
import { tables } from '../../resources.js';
import { DEMO_USERS } from '../sign-in/demo-users.js';
import type { LocalUser } from '../sign-in/users.js';
import { demoDevices } from './demo-devices.js';
import { demoKeys, demoSite } from './demo-site.js';
import { hasRows, seed, seedKeys } from './seed.js';
import type { KeptKeys } from './site-files.js';

/** The site that a start serves: the demo site, or a tenant without one, whose admin sets it up. */
export interface StartSite {
  /** As it is seeded: later changes are not in it. */
  site: Site;
  /** Whether the cloud holds it from an earlier start. */
  isKept: boolean;
  /** API keys by reader, in clear text. */
  keys: Readonly<Record<string, string>>;
  /** Keys in the URLs of devices by device, in clear text. */
  devices: Readonly<Record<string, string>>;
  /** In clear text. */
  operatorKey: string;
  /** Further operators' keys by name, in clear text. */
  operators: Readonly<Record<string, string>>;
  /** For the step that writes it. */
  title: string;
  /** Writes what the cloud lacks. */
  write(): Promise<unknown>;
}

/** @param tenantId of a tenant without a site; undefined: the demo site */
export function startSite(
  dynamodb: DynamoDBClient,
  tenantId: string | undefined,
  kept: KeptKeys | undefined,
): Promise<StartSite> {
  return tenantId === undefined ? demo(dynamodb, kept) : empty(dynamodb, tenantId, kept);
}

/** The users before anybody adds one. */
export function firstUsers(tenantId: string | undefined): readonly LocalUser[] {
  if (tenantId === undefined) return DEMO_USERS;
  const groups = [groupOf({ tenantId, role: 'admin' })];
  return [{ sub: randomUUID(), username: 'admin', name: 'Site Admin', email: `admin@${tenantId}.example`, groups }];
}

/**
 * Checks that a folder with kept data holds the site that the options ask for.
 * @param asked tenant of `--empty`; null: `--empty` alone; undefined: the demo site
 * @returns the tenant to serve without a site; undefined: the demo site
 * @throws {OptionError}
 */
export function tenantToServe(
  asked: string | null | undefined,
  dataFolder: string | undefined,
  kept: KeptKeys | undefined,
): string | undefined {
  const first = asked === null ? DEFAULT_TENANT : asked;
  if (dataFolder === undefined || kept === undefined) return first;
  const { tenant } = kept;
  if (asked === undefined && tenant !== undefined) {
    const advice = `write --empty --data ${dataFolder}, or choose another folder for the demo site.`;
    throw new OptionError(`--data ${dataFolder} holds the site of tenant ${tenant}: ${advice}`);
  }
  if (asked !== undefined && tenant === undefined) {
    throw new OptionError(`--data ${dataFolder} holds the demo site: choose another folder for --empty.`);
  }
  if (asked !== undefined && asked !== null && asked !== tenant) {
    throw new OptionError(`--data ${dataFolder} holds tenant ${tenant}: leave out --tenant, or choose another folder.`);
  }
  return tenant;
}

export const DEFAULT_TENANT = 'my-site';

async function demo(dynamodb: DynamoDBClient, kept: KeptKeys | undefined): Promise<StartSite> {
  const site = demoSite();
  const isKept = await hasRows(dynamodb, site.tenantId, 'readers');
  const { keys, operatorKey, rows } = demoKeys(site, isKept ? kept : undefined);
  const { devices, keys: deviceKeys, rows: deviceRows } = demoDevices(site);
  const people = site.employees.length.toLocaleString('en-US');
  const title = `site: ${site.buildings.length} buildings, ${site.readers.length} readers, ${people} employees`;
  return {
    site,
    isKept,
    keys,
    devices: isKept ? (kept?.devices ?? {}) : deviceKeys,
    operatorKey,
    operators: {},
    title: isKept ? KEPT_TITLE : title,
    write: () =>
      isKept ? seedKeys(dynamodb, site, rows) : seed(dynamodb, site, [...rows, ...deviceRows], { devices }),
  };
}

const KEPT_TITLE = 'site of an earlier start, as it was left';

async function empty(dynamodb: DynamoDBClient, tenantId: string, kept: KeptKeys | undefined): Promise<StartSite> {
  const none = { buildings: [], zones: [], schedules: [], accessLevels: [], readers: [], employees: [], cards: [] };
  const isKept = await hasRows(dynamodb, tenantId, 'tenant');
  const ours = isKept && kept?.tenant === tenantId ? kept : undefined;
  const known = ours?.operator;
  const operatorKey = known ?? newApiKey();
  return {
    site: { tenantId, ...none },
    isKept,
    keys: ours?.keys ?? {},
    devices: ours?.devices ?? {},
    operatorKey,
    operators: ours?.operators ?? {},
    title: isKept ? KEPT_TITLE : `tenant ${tenantId}, without a site`,
    async write() {
      // Never again for a known key: its admin may have revoked it.
      if (known === undefined) {
        const issuedAt = new Date().toISOString();
        const key = { tenantId, keyId: `key-${randomUUID()}`, key: operatorKey, name: 'This machine', issuedAt };
        const { listed, accepted } = operatorKeyRows(key);
        await batchWrite(dynamodb, tables.apiKeys.name, [accepted]);
        await batchWrite(dynamodb, tables.site.name, [listed]);
      }
      // Last: a start that was killed before it begins anew.
      if (!isKept) await batchWrite(dynamodb, tables.site.name, [tenantRow(defaultTenant(tenantId))]);
    },
  };
}
