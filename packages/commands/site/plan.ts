import { isDeepStrictEqual } from 'node:util';
import { readersOfDevice } from '@swipegate/contract';
import type { MemberChange, SiteChange } from './changes.js';
import {
  canonical,
  canonicalSite,
  compareText,
  depthOf,
  ENTRY_KINDS,
  type EntryKind,
  KINDS,
  type SiteEntries,
  type SiteLists,
} from './file/entries.js';
import { type Refusal, refusalsOf } from './refusals.js';
import type { SiteState, StateLists } from './state.js';

export interface SitePlan {
  /** In the order in which they are carried out: each stage names only what earlier ones have created. */
  stages: SiteChange[][];
  /** What the tenant has and the file does not, and what stays without `remove`. */
  kept: { kind: EntryKind | 'operator-keys'; id: string }[];
  refusals: Refusal[];
  /** Refusals that `remove` would add. */
  refusedRemovals: Refusal[];
}

export interface PlanOptions {
  /** Remove what the file does not have. */
  remove: boolean;
  /** Codes of refusals that the user allows. */
  allow: ReadonlySet<string>;
  nowMs: number;
}

/** Compares a file with the tenant. Pure. */
export function planOf(wanted: SiteEntries, state: SiteState, { remove, allow, nowMs }: PlanOptions): SitePlan {
  const file = canonicalSite(wanted);
  const sets = ENTRY_KINDS.map((kind) => changesOfKind(kind, file, state));
  const outerOf = new Map(file.zones.map(({ zoneId, outerZoneId }) => [zoneId, outerZoneId]));
  const stages: SiteChange[][] = [tenantChanges(file, state)];
  for (const [i, kind] of ENTRY_KINDS.entries()) {
    const changes = sets[i] ?? [];
    if (kind === 'zones') stages.push(...byDepth(changes, outerOf));
    // Exits first, so that a door never lets people in and not out.
    else stages.push(kind === 'readers' ? changes.sort((a, b) => rankOf(a) - rankOf(b)) : changes);
  }
  const named = new Set(file.devices.map(({ deviceId }) => deviceId));
  const others = state.devices.map(({ entry }) => entry).filter(({ deviceId }) => !remove && !named.has(deviceId));
  const atDevices = new Set([...file.devices, ...others].flatMap(readersOfDevice));
  stages.push(
    file.readers.flatMap(({ readerId }): SiteChange[] =>
      state.hasKey.get(readerId) === true || atDevices.has(readerId)
        ? []
        : [{ action: 'issue-key', kind: 'reader-keys', id: readerId }],
    ),
    // A ZKTeco device is known by its serial number.
    file.devices.flatMap(({ deviceId, make }): SiteChange[] =>
      make === 'zkteco' || state.keyedDevices.has(deviceId)
        ? []
        : [{ action: 'issue-key', kind: 'device-keys', id: deviceId }],
    ),
  );
  const valid = state.operatorKeys.filter(({ notAfter }) => notAfter === undefined || Date.parse(notAfter) > nowMs);
  const names = new Set(valid.map(({ name }) => name));
  stages.push(
    (file.operatorKeys ?? []).flatMap((name): SiteChange[] =>
      names.has(name) ? [] : [{ action: 'issue-key', kind: 'operator-keys', id: name }],
    ),
  );
  const removals = removalsOf(file, state);
  if (remove) stages.push(...removals);
  const kept = remove
    ? []
    : removals
        .flat()
        .reverse()
        .flatMap((removal): SitePlan['kept'] => {
          if (removal.action === 'revoke-key') return [{ kind: removal.kind, id: removal.name }];
          return removal.action === 'remove' ? [{ kind: removal.kind, id: removal.id }] : [];
        });
  const changes = stages.flat();
  const refusalsWith = (more: readonly SiteChange[], isRemoved: boolean) =>
    refusalsOf(file, state, [...changes, ...more], isRemoved).filter(({ code }) => !allow.has(code));
  const refusals = refusalsWith([], remove);
  const reasons = new Set(refusals.map(({ reason }) => reason));
  const refusedRemovals = remove
    ? []
    : refusalsWith(removals.flat(), true).filter(({ reason }) => !reasons.has(reason));
  return { stages: stages.filter((stage) => stage.length > 0), kept, refusals, refusedRemovals };
}

function tenantChanges({ tenant: wanted }: SiteEntries, { tenant }: SiteState): SiteChange[] {
  const { version, tenantId, ...before } = tenant;
  const after = { ...before, ...wanted };
  const members = membersOf(before, after);
  if (members.length === 0) return [];
  const name = { kind: 'tenant', id: tenantId, entry: after } as const;
  return [version === undefined ? { action: 'create', ...name } : { action: 'change', ...name, version, members }];
}

function changesOfKind<Kind extends EntryKind>(kind: Kind, file: SiteLists, state: StateLists): SiteChange[] {
  const { idOf, idMember } = KINDS[kind];
  const stored = new Map(state[kind].map((each) => [idOf(each.entry), each]));
  return file[kind].flatMap((entry): SiteChange[] => {
    const id = idOf(entry);
    const before = stored.get(id);
    if (before === undefined) return [{ action: 'create', kind, id, entry }];
    const members = membersOf(canonical[kind](before.entry), entry).filter(({ member }) => member !== idMember);
    return members.length === 0 ? [] : [{ action: 'change', kind, id, entry, version: before.version, members }];
  });
}

function membersOf(before: object, after: object): MemberChange[] {
  const members = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Array.from(members).flatMap((member): MemberChange[] => {
    const [was, is]: unknown[] = [Reflect.get(before, member), Reflect.get(after, member)];
    if (isDeepStrictEqual(was, is)) return [];
    return [{ member, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) }];
  });
}

/** Outer zones first. */
function byDepth(changes: readonly SiteChange[], outerOf: ReadonlyMap<string, string | undefined>): SiteChange[][] {
  const stages: SiteChange[][] = [];
  for (const change of changes) {
    const depth = depthOf(change.id, outerOf);
    stages[depth] = [...(stages[depth] ?? []), change];
  }
  return Array.from(stages, (stage) => stage ?? []);
}

function rankOf(change: SiteChange): number {
  const direction: unknown = 'entry' in change ? Reflect.get(change.entry, 'direction') : undefined;
  return ['out', 'both', 'in'].indexOf(String(direction));
}

/** Everything that the file does not have, in the order of removal: what names others goes before them. */
function removalsOf(file: SiteEntries, state: SiteState): SiteChange[][] {
  // A file without the section says nothing about keys, such as the tenant's first one.
  const names = file.operatorKeys && new Set(file.operatorKeys);
  const keys = state.operatorKeys
    .filter(({ name }) => names?.has(name) === false)
    .map(
      ({ keyId, name, version }): SiteChange => ({
        action: 'revoke-key',
        kind: 'operator-keys',
        id: keyId,
        name,
        version,
      }),
    );
  const outerOf = new Map(state.zones.map(({ entry }) => [entry.zoneId, entry.outerZoneId]));
  const stages = ENTRY_KINDS.flatMap((kind): SiteChange[][] => {
    const left = leftOut(kind, file, state);
    return kind === 'zones' ? byDepth(left, outerOf) : [left];
  });
  // Entrances first: the reverse of how doors are created.
  const ranks = new Map(state.readers.map(({ entry }) => [entry.readerId, entry.direction === 'in' ? 0 : 1]));
  for (const stage of stages) stage.sort((a, b) => (ranks.get(a.id) ?? 0) - (ranks.get(b.id) ?? 0));
  return [keys, ...stages.reverse()].filter((stage) => stage.length > 0);
}

function leftOut<Kind extends EntryKind>(kind: Kind, file: SiteLists, state: StateLists): SiteChange[] {
  const { idOf } = KINDS[kind];
  const wanted = new Set(file[kind].map(idOf));
  return state[kind]
    .map(({ entry, version }) => ({ id: idOf(entry), version }))
    .filter(({ id }) => !wanted.has(id))
    .sort((a, b) => compareText(a.id, b.id))
    .map(({ id, version }): SiteChange => ({ action: 'remove', kind, id, version }));
}
