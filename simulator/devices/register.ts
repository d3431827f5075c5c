import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AdminApiError, type AdminClient, type ChangeRequest } from '@swipegate/commands/admin-api/client';
import { compile, type Site } from '@swipegate/contract';
import { CardNumbers } from '@swipegate/contract/cards/card-format';
import Type from 'typebox';
import type { DeviceTraffic } from '../scenarios/scenario.js';
import { type DeviceKeys, type Fleet, keyOwners, planFleet } from './fleet.js';

/** A fleet that the site knows, with its keys. */
export interface RegisteredFleet {
  fleet: Fleet;
  keys: DeviceKeys;
  /** Removes the devices and their readers, and so their keys. People and cards stay for the next run. */
  remove(): Promise<void>;
}

/** The site could not be prepared for the devices. */
export class RegistrationError extends Error {
  override readonly name = 'RegistrationError';
  readonly code = 'DEVICES_NOT_REGISTERED';
}

const WHY = 'Virtual devices of the simulator';
/** Requests under way at a time. */
const AT_ONCE = 8;
/** Default `SITE_CACHE_MS` of the decision function, and time for the gateway to forget keys that it did not know. */
const SITE_CACHE_MS = 5_500;
const NOT_THERE: ReadonlySet<string> = new Set(['device-unknown', 'reader-unknown']);

const isTenant = compile(Type.Object({ cardNumbers: CardNumbers }));
const isEntryList = compile(
  Type.Object({
    items: Type.Array(
      Type.Object({
        deviceId: Type.Optional(Type.String()),
        readerId: Type.Optional(Type.String()),
        version: Type.String(),
      }),
    ),
  }),
);
const isEmployee = compile(Type.Object({ version: Type.String() }));
const isCard = compile(Type.Object({ employeeId: Type.Optional(Type.String()), status: Type.String() }));

type Change = Omit<ChangeRequest, 'why' | 'changeId'>;

/**
 * Enters the devices of a run, their readers, people and cards through the admin API, and waits until they work. What an
 * earlier run left is used again.
 * @param pauseMs how long the decision function may use what it read before, ms
 * @throws {AdminApiError}
 * @throws {RegistrationError} if a change is rejected
 */
export async function registerFleet(
  client: AdminClient,
  site: Site,
  { counts }: Pick<DeviceTraffic, 'counts'>,
  { say, pauseMs = SITE_CACHE_MS }: { say(line: string): void; pauseMs?: number },
): Promise<RegisteredFleet> {
  const { cardNumbers } = await client.read('/v1/tenant', isTenant);
  const fleet = planFleet(site, counts, cardNumbers);
  const { devices, readers, employees, cards } = fleet;
  say(`Registering ${devices.length} devices, ${readers.length} readers and ${cards.length} people …`);
  const known = await versionsOf(client);
  const put = (path: string, body: object, version: string | undefined): Change => ({
    method: 'PUT',
    path,
    body,
    expects: version ?? 'absent',
  });
  const remove = (kind: 'devices' | 'readers', id: string): Change => ({ method: 'DELETE', path: `/v1/${kind}/${id}` });
  const registered = devices.flatMap((device) => device.registered ?? []);
  await apply(
    client,
    readers.map(({ readerId, ...body }) => put(`/v1/readers/${readerId}`, body, known.get(readerId))),
    registered.map(({ deviceId, ...body }) => put(`/v1/devices/${deviceId}`, body, known.get(deviceId))),
  );
  const buildingId = readers[0]?.buildingId ?? '';
  const cardIds = new Map(cards.map(({ cardId, employeeId }) => [employeeId, cardId]));
  const people = await inParts(employees, async (employee) => {
    const { employeeId, ...body } = employee;
    const cardId = cardIds.get(employeeId) ?? '';
    const [found, card] = [
      await client.find(`/v1/employees/${employeeId}`, isEmployee),
      await client.find(`/v1/cards/${encodeURIComponent(cardId)}`, isCard),
    ];
    const isLinked = card?.employeeId === employeeId && card.status === 'active';
    const link: Change = {
      method: 'POST',
      path: `/v1/cards/${encodeURIComponent(cardId)}/link`,
      body: { employeeId, buildingId },
    };
    return { employee: put(`/v1/employees/${employeeId}`, body, found?.version), link: isLinked ? undefined : link };
  });
  await apply(
    client,
    people.map(({ employee }) => employee),
    people.flatMap(({ link }) => link ?? []),
  );
  const owners = keyOwners(fleet);
  const issue = (kind: 'devices' | 'readers', id: string): Change => ({
    method: 'POST',
    path: `/v1/${kind}/${id}/keys`,
    body: { overlapHours: 0 },
  });
  const ids = [...owners.deviceIds, ...owners.readerIds];
  const issued = await apply(client, [
    ...owners.deviceIds.map((id) => issue('devices', id)),
    ...owners.readerIds.map((id) => issue('readers', id)),
  ]);
  await delay(pauseMs);
  return {
    fleet,
    keys: Object.fromEntries(ids.map((id, i) => [id, issued[i] ?? ''])),
    async remove() {
      await apply(
        client,
        registered.map(({ deviceId }) => remove('devices', deviceId)),
        readers.map(({ readerId }) => remove('readers', readerId)),
      );
    },
  };
}

async function versionsOf(client: AdminClient): Promise<ReadonlyMap<string, string>> {
  const lists = await Promise.all(['/v1/readers', '/v1/devices'].map((path) => client.read(path, isEntryList)));
  const entries = lists.flatMap(({ items }) => items);
  return new Map(entries.map(({ deviceId, readerId, version }) => [deviceId ?? readerId ?? '', version]));
}

interface Accepted {
  change: Change;
  changeId: string;
  key: string | undefined;
}

/**
 * Requests changes, each group after the one before it, and waits until all are applied: a tenant's changes are applied in
 * the order of their requests. @returns the keys that they issued, in the same order
 */
async function apply(client: AdminClient, ...groups: readonly Change[][]): Promise<(string | undefined)[]> {
  const accepted: (Accepted | undefined)[] = [];
  for (const group of groups) accepted.push(...(await inParts(group, (change) => request(client, change))));
  await inParts(accepted, async (one) => {
    if (one === undefined) return;
    const { change, changeId } = one;
    const { state, code = '', reason = '' } = await client.settled(changeId);
    if (state === 'applied' || NOT_THERE.has(code)) return;
    throw new RegistrationError(`${change.method} ${change.path} was rejected: ${reason}`);
  });
  return accepted.map((one) => one?.key);
}

/** @returns undefined for the removal of what is gone already */
async function request(client: AdminClient, change: Change): Promise<Accepted | undefined> {
  const changeId = randomUUID();
  try {
    const { key } = await client.send({ ...change, why: WHY, changeId });
    return { change, changeId, key };
  } catch (error) {
    if (error instanceof AdminApiError && NOT_THERE.has(error.problem ?? '')) return undefined;
    throw error;
  }
}

async function inParts<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map((item, i) => work(item, start + i)))));
  }
  return results;
}
