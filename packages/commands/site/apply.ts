import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { AdminApiError, type AdminClient, type ChangeRequest, type Settled } from '../admin-api/client.js';
import type { SiteChange } from './changes.js';
import { canonical, type EntryKind, KINDS } from './file/entries.js';
import type { KeyOwner, KeysFile } from './keys-file.js';
import type { SitePlan } from './plan.js';
import { titleOf } from './plan-lines.js';
import { listOf } from './read-state.js';

/** A change of a site file was refused or failed. What came before it is applied. */
export class SiteApplyError extends Error {
  override readonly name = 'SiteApplyError';
  readonly code = 'SITE_NOT_APPLIED';
}

export interface ApplyOptions {
  why: string;
  /** Undefined only for a plan that issues no key. */
  keys: KeysFile | undefined;
  /** Called when a change is applied, in order. */
  onApplied(change: SiteChange): void;
}

/** Requests that wait for their results at a time. */
const CHUNK = 16;

/**
 * Carries out a plan through the admin API, and waits until each change is applied. Stops at the first fault: a new plan
 * then holds what is left. A tenant's changes are applied in the order of their requests, so one may follow another that
 * it needs at once. A key waits for its reader, and a removal for all that replaces what it removes.
 * @throws {SiteApplyError} naming the change and the reason
 * @throws {KeysFileError}
 */
export async function applyPlan(client: AdminClient, { stages }: SitePlan, options: ApplyOptions): Promise<void> {
  const changes = stages.flat();
  const isKey = ({ action }: SiteChange) => action === 'issue-key';
  const isRemoval = ({ action }: SiteChange) => action === 'remove' || action === 'revoke-key';
  const phases = [
    changes.filter((change) => !isKey(change) && !isRemoval(change)),
    changes.filter(isKey),
    changes.filter(isRemoval),
  ];
  for (const phase of phases) {
    for (let at = 0; at < phase.length; at += CHUNK) {
      await applyChunk(client, phase.slice(at, at + CHUNK), options);
    }
  }
}

async function applyChunk(client: AdminClient, chunk: readonly SiteChange[], options: ApplyOptions): Promise<void> {
  const sent: { change: SiteChange; changeId: string }[] = [];
  let fault: SiteApplyError | undefined;
  for (const change of chunk) {
    try {
      sent.push({ change, changeId: await request(client, change, options) });
    } catch (error) {
      if (!(error instanceof AdminApiError)) throw error;
      if (error.problem !== undefined && STALE.has(error.problem) && (await isDone(client, change))) {
        options.onApplied(change);
        continue;
      }
      fault = faultOf(change, error.problem, error.message, error);
      break;
    }
  }
  for (const { change, changeId } of sent) {
    const { state, code = '', reason = '' } = await settled(client, change, changeId);
    if (state === 'applied' || (mayBeDone(code) && (await isDone(client, change)))) options.onApplied(change);
    else fault ??= faultOf(change, code, reason);
  }
  if (fault !== undefined) throw fault;
}

/** @returns the id of the change */
async function request(client: AdminClient, change: SiteChange, options: ApplyOptions): Promise<string> {
  if (change.action === 'issue-key') return issue(client, { kind: change.kind, id: change.id }, options);
  const changeId = randomUUID();
  await client.send({ ...requestOf(change), why: options.why, changeId });
  return changeId;
}

async function settled(client: AdminClient, change: SiteChange, changeId: string): Promise<Settled> {
  try {
    return await client.settled(changeId);
  } catch (error) {
    throw error instanceof AdminApiError ? faultOf(change, error.problem, error.message, error) : error;
  }
}

const STALE: ReadonlySet<string> = new Set(['already-exists', 'changed-meanwhile']);

function mayBeDone(code: string): boolean {
  return STALE.has(code) || code.endsWith('-unknown');
}

function faultOf(change: SiteChange, code: string | undefined, reason: string, cause?: Error): SiteApplyError {
  const advice = code !== undefined && STALE.has(code) ? ' It changed after the plan was made: plan again.' : '';
  return new SiteApplyError(`${titleOf(change)}: ${reason}${advice}`, { cause });
}

/** Whether the tenant already has what a change should make: an interrupted run, or another user, was first. */
async function isDone(client: AdminClient, change: SiteChange): Promise<boolean> {
  if (change.action === 'issue-key' || change.action === 'revoke-key' || change.kind === 'tenant') return false;
  const now = await entryNow(client, change.kind, change.id);
  if (change.action === 'remove') return now === undefined;
  return isDeepStrictEqual(now, change.entry);
}

async function entryNow<Kind extends EntryKind>(
  client: AdminClient,
  kind: Kind,
  id: string,
): Promise<object | undefined> {
  const { idOf } = KINDS[kind];
  const found = (await listOf(client, kind)).find(({ entry }) => idOf(entry) === id);
  return found && canonical[kind](found.entry);
}

function requestOf(change: Exclude<SiteChange, { action: 'issue-key' }>): Omit<ChangeRequest, 'why' | 'changeId'> {
  const id = encodeURIComponent(change.id);
  switch (change.action) {
    case 'remove':
      return { method: 'DELETE', path: `/v1/${change.kind}/${id}`, expects: change.version };
    case 'revoke-key':
      return { method: 'DELETE', path: `/v1/operator-keys/${id}`, expects: change.version };
    case 'create':
    case 'change': {
      const expects = change.action === 'create' ? 'absent' : change.version;
      if (change.kind === 'tenant') return { method: 'PUT', path: '/v1/tenant', body: change.entry, expects };
      // The id is in the path.
      const { [KINDS[change.kind].idMember]: _, ...body }: Record<string, unknown> = { ...change.entry };
      return { method: 'PUT', path: `/v1/${change.kind}/${id}`, body, expects };
    }
  }
}

/** Issues a key and writes it into the file before anything else happens. @returns the id of its change */
async function issue(client: AdminClient, owner: KeyOwner, { keys, why }: ApplyOptions): Promise<string> {
  if (keys === undefined) throw new TypeError('A key would have no file');
  const request = requestOfKey(owner);
  for (;;) {
    const changeId = randomUUID();
    await keys.begin(owner, changeId);
    try {
      const { key } = await client.send({ method: 'POST', ...request, why, changeId });
      await keys.end(owner, changeId, key);
      return changeId;
    } catch (error) {
      if (!(error instanceof AdminApiError) || error.code === 'ADMIN_API_UNREACHABLE') throw error;
      // The answer of the first try was lost, and the key with it.
      if (error.problem === 'change-id-reused') await revokeLost(client, keys, { ...owner, changeId });
      else {
        await keys.end(owner, changeId, undefined);
        throw error;
      }
    }
  }
}

function requestOfKey({ kind, id }: KeyOwner): { path: string; body: object } {
  switch (kind) {
    case 'reader-keys':
      return { path: `/v1/readers/${encodeURIComponent(id)}/keys`, body: {} };
    case 'device-keys':
      // A device gets a key if it has none, or one that nobody has: that one ends at once.
      return { path: `/v1/devices/${encodeURIComponent(id)}/keys`, body: { overlapHours: 0 } };
    case 'operator-keys':
      return { path: '/v1/operator-keys', body: { name: id } };
  }
}

const isIssued = compile(
  Type.Object({ content: Type.Object({ keyId: Type.String(), readerId: Type.Optional(Type.String()) }) }),
);

/**
 * Revokes keys that an earlier run issued without getting the answer: nobody has them.
 * @returns their owners, who need another key
 */
export async function revokeLostKeys(client: AdminClient, keys: KeysFile): Promise<readonly KeyOwner[]> {
  const lost = [...keys.issuing];
  for (const each of lost) await revokeLost(client, keys, each);
  return lost;
}

async function revokeLost(
  client: AdminClient,
  keys: KeysFile,
  { changeId, kind, id }: KeyOwner & { changeId: string },
) {
  const issued = await client.find(`/v1/changes/${changeId}`, isIssued);
  // A device's next key ends the lost one.
  if (issued !== undefined && (await client.settled(changeId)).state === 'applied' && kind !== 'device-keys') {
    const { keyId } = issued.content;
    const owner = kind === 'reader-keys' ? `readers/${encodeURIComponent(id)}/keys` : 'operator-keys';
    const why = 'The key was issued, but its answer was lost';
    const path = `/v1/${owner}/${keyId}`;
    const revocation = await client.send({ method: 'DELETE', path, why, changeId: randomUUID() });
    await client.settled(revocation.changeId);
  }
  await keys.end({ kind, id }, changeId, undefined);
}
