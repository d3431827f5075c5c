import type { OperatorKey, Tenant } from '@swipegate/contract';
import type { EntryKind, EntryOf, SiteEntries } from './file/entries.js';

export interface Versioned<Value> {
  entry: Value;
  version: string;
}

/** What depends on an entry that the tenant has and the file does not. */
export interface Dependents {
  employees: number;
  peopleInside: number;
}

export type StateLists = { readonly [Kind in EntryKind]: readonly Versioned<EntryOf[Kind]>[] };

/** The site that the tenant has, as the admin API showed it. */
export type SiteState = StateLists & {
  /** Without a version, the tenant has the default settings. */
  tenant: Tenant & { version?: string };
  operatorKeys: readonly (OperatorKey & { version: string })[];
  /** Readers of which it is known whether they have a valid key. */
  hasKey: ReadonlyMap<string, boolean>;
  /** Devices with a valid key for their URL. */
  keyedDevices: ReadonlySet<string>;
  /** By `kind/id`. */
  dependents: ReadonlyMap<string, Dependents>;
};

/** The site without versions and keys, as a file holds it. Keys that have ended are left out. */
export function entriesOf(state: SiteState, nowMs: number): SiteEntries {
  const { tenantId: _id, version: _version, ...tenant } = state.tenant;
  const isValid = ({ notAfter }: OperatorKey) => notAfter === undefined || Date.parse(notAfter) > nowMs;
  return {
    tenant,
    buildings: state.buildings.map(({ entry }) => entry),
    zones: state.zones.map(({ entry }) => entry),
    schedules: state.schedules.map(({ entry }) => entry),
    'access-levels': state['access-levels'].map(({ entry }) => entry),
    readers: state.readers.map(({ entry }) => entry),
    devices: state.devices.map(({ entry }) => entry),
    operatorKeys: state.operatorKeys.filter(isValid).map(({ name }) => name),
  };
}
