import { AdminRole, compile, DeviceId, defaultTenant, OperatorKey, Tenant, Timestamp } from '@swipegate/contract';
import Type from 'typebox';
import type { AdminClient } from '../admin-api/client.js';
import { ENTRY_KINDS, type EntryKind, type EntryOf, KINDS, type SiteEntries } from './file/entries.js';
import type { Dependents, SiteState, Versioned } from './state.js';

const isMe = compile(
  Type.Object({
    userName: Type.String(),
    tenantId: Type.String(),
    roles: Type.Array(AdminRole),
    actions: Type.Array(Type.String()),
  }),
);
/** The signed-in user. */
export interface Me {
  userName: string;
  tenantId: string;
  actions: readonly string[];
}

const isTenant = compile(Type.Object({ ...Tenant.properties, version: Type.Optional(Type.String()) }));
const isOperatorKeys = compile(
  Type.Object({ items: Type.Array(Type.Object({ ...OperatorKey.properties, version: Type.String() })) }),
);
const Keys = Type.Array(Type.Object({ notAfter: Type.Optional(Timestamp) }));
type Keys = Type.Static<typeof Keys>;
const isReaderKeys = compile(Type.Object({ items: Keys }));
const isKeysOfDevices = compile(Type.Object({ items: Type.Array(Type.Object({ deviceId: DeviceId, keys: Keys })) }));
const isDependents = compile(Type.Object({ employees: Type.Integer(), peopleInside: Type.Integer() }));
const isChanges = compile(
  Type.Object({
    items: Type.Array(Type.Object({ changeId: Type.String(), state: Type.String(), requestedAt: Timestamp })),
  }),
);

/** Requests at a time: one for each of hundreds of readers would be shed. */
const AT_ONCE = 8;

export function readMe(client: AdminClient): Promise<Me> {
  return client.read('/v1/me', isMe);
}

/** Changes that are older are stuck or queued behind many others: a plan does not wait for them. */
const RECENT_MS = 300_000;
const WAITS_MS = 20_000;

/**
 * Waits for a while for recent changes of the tenant that are under way, such as those of an interrupted run. Without this,
 * the next run would request them again, and be refused because they are made.
 */
export async function settleEarlier(client: AdminClient, nowMs: number): Promise<void> {
  const { items } = await client.read('/v1/changes?limit=100', isChanges);
  const until = performance.now() + WAITS_MS;
  for (const { changeId, state, requestedAt } of items) {
    const isUnderWay = state === 'accepted' || state === 'stored';
    if (!isUnderWay || Date.parse(requestedAt) < nowMs - RECENT_MS) continue;
    if ((await client.settledWithin(changeId, until - performance.now())) === undefined) return;
  }
}

/** Reads what a file, or an export, needs of the tenant's site. @throws {AdminApiError} */
export async function readState(client: AdminClient, { tenantId }: Me): Promise<SiteState> {
  const [tenant, operatorKeys, buildings, zones, schedules, levels, readers, devices] = await Promise.all([
    client.find('/v1/tenant', isTenant),
    client.read('/v1/operator-keys', isOperatorKeys),
    listOf(client, 'buildings'),
    listOf(client, 'zones'),
    listOf(client, 'schedules'),
    listOf(client, 'access-levels'),
    listOf(client, 'readers'),
    listOf(client, 'devices'),
  ]);
  return {
    tenant: tenant ?? defaultTenant(tenantId),
    operatorKeys: operatorKeys.items,
    buildings,
    zones,
    schedules,
    'access-levels': levels,
    readers,
    devices,
    hasKey: new Map(),
    keyedDevices: new Set(),
    dependents: new Map(),
  };
}

/** Adds what a plan needs to know: whether readers have keys, and what depends on entries that the file leaves out. */
export async function withDependents(
  client: AdminClient,
  state: SiteState,
  { file, nowMs }: { file: SiteEntries; nowMs: number },
): Promise<SiteState> {
  const hasKey = new Map<string, boolean>();
  const dependents = new Map<string, Dependents>();
  const tasks: (() => Promise<void>)[] = [];
  for (const { entry } of state.readers) {
    const { readerId } = entry;
    tasks.push(async () => {
      const { items } = await client.read(`/v1/readers/${encodeURIComponent(readerId)}/keys`, isReaderKeys);
      hasKey.set(readerId, hasValid(items, nowMs));
    });
  }
  for (const kind of ENTRY_KINDS) {
    if (kind === 'schedules' || kind === 'readers' || kind === 'devices') continue;
    for (const id of idsLeftOut(kind, file, state)) {
      tasks.push(async () => {
        const found = await client.find(`/v1/${kind}/${encodeURIComponent(id)}/dependents`, isDependents);
        if (found !== undefined) dependents.set(`${kind}/${id}`, found);
      });
    }
  }
  const [{ items: devices }] = await Promise.all([client.read('/v1/devices', isKeysOfDevices), inLanes(tasks)]);
  const keyedDevices = new Set(devices.flatMap(({ deviceId, keys }) => (hasValid(keys, nowMs) ? [deviceId] : [])));
  return { ...state, hasKey, keyedDevices, dependents };
}

function hasValid(keys: Keys, nowMs: number): boolean {
  return keys.some(({ notAfter }) => notAfter === undefined || Date.parse(notAfter) > nowMs);
}

function idsLeftOut(kind: EntryKind, file: SiteEntries, state: SiteState): string[] {
  const member = KINDS[kind].idMember;
  const idOf = (entry: object) => String(Reflect.get(entry, member));
  const wanted = new Set(file[kind].map(idOf));
  return state[kind].map(({ entry }) => idOf(entry)).filter((id) => !wanted.has(id));
}

async function inLanes(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...tasks];
  const lane = async () => {
    for (let task = left.pop(); task !== undefined; task = left.pop()) await task();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** @returns the entries of a kind, with the versions that a change must name */
export async function listOf<Kind extends EntryKind>(
  client: AdminClient,
  kind: Kind,
): Promise<Versioned<EntryOf[Kind]>[]> {
  const { items } = await client.read(`/v1/${kind}`, isList);
  const { isEntry } = KINDS[kind];
  return items.flatMap((item) => {
    const { version, ...entry } = item;
    return isEntry(entry) ? [{ entry, version }] : [];
  });
}

const isList = compile(Type.Object({ items: Type.Array(Type.Object({ version: Type.String() })) }));
