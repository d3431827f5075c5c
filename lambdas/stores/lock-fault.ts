import type { Lock, RejectionCode } from '@swipegate/contract';
import { thereAre } from './listed-ids.js';
import type { SiteIndex } from './site-cache.js';

interface LockFault {
  code: RejectionCode;
  field: 'buildingId' | 'zoneId' | 'accessLevelId';
  /** Sentences. */
  reason: string;
}

/** Returns why these locks would not lock what they say; undefined if they do. Pure. */
export function lockFault(
  locks: readonly Lock[],
  { buildings, zones, accessLevels }: Pick<SiteIndex, 'buildings' | 'zones' | 'accessLevels'>,
): LockFault | undefined {
  for (const { buildingId, zoneId, accessLevelId } of locks) {
    if (buildingId !== undefined && !buildings.has(buildingId)) {
      const reason = `There is no building ${buildingId}. ${thereAre(buildings.keys())}`;
      return { code: 'building-unknown', field: 'buildingId', reason };
    }
    if (zoneId !== undefined && !zones.has(zoneId)) {
      return { code: 'zone-unknown', field: 'zoneId', reason: `There is no zone ${zoneId}. ${thereAre(zones.keys())}` };
    }
    if (zoneId !== undefined && buildingId !== undefined && zones.get(zoneId)?.buildingId !== buildingId) {
      return {
        code: 'zone-unknown',
        field: 'zoneId',
        reason: `The zone ${zoneId} is not in the building ${buildingId}.`,
      };
    }
    if (accessLevelId !== undefined && !accessLevels.has(accessLevelId)) {
      const reason = `There is no access level ${accessLevelId}. ${thereAre(accessLevels.keys())}`;
      return { code: 'access-level-unknown', field: 'accessLevelId', reason };
    }
  }
  return undefined;
}
