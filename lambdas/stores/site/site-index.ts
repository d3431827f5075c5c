import type { AccessLevel, Building, Reader, Schedule, Zone } from '@swipegate/contract';

/** One tenant's site rows, by id. */
export interface SiteIndex {
  buildings: ReadonlyMap<string, Building>;
  zones: ReadonlyMap<string, Zone>;
  schedules: ReadonlyMap<string, Schedule>;
  accessLevels: ReadonlyMap<string, AccessLevel>;
  readers: ReadonlyMap<string, Reader>;
}
