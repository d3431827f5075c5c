import Type from 'typebox';
import { AccessLevelId, BuildingId, Timestamp, ZoneId } from '../values/identifiers.js';

/** Doors to lock, and who may still pass them. Without a building and a zone: all doors of the site. */
export const Lock = Type.Object(
  {
    buildingId: Type.Optional({ ...BuildingId, description: 'Lock the doors of this building' }),
    zoneId: Type.Optional({ ...ZoneId, description: 'Lock the doors into this zone, and into the zones within it' }),
    accessLevelId: Type.Optional({
      ...AccessLevelId,
      description: 'Cardholders with this access level may still pass, under the usual rules. Absent: nobody',
    }),
  },
  { additionalProperties: false },
);
export type Lock = Type.Static<typeof Lock>;

/** One action can lock so many parts of a site. */
export const MOST_LOCKS = 32;

export const ThreatLevelName = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
  description: 'Name of a threat level: 1 to 64 lower-case letters, digits or -',
  examples: ['elevated'],
});

/** A named set of locks, which one action puts in force. */
export const ThreatLevel = Type.Object(
  { level: ThreatLevelName, locks: Type.Array(Lock, { minItems: 1, maxItems: MOST_LOCKS }) },
  { additionalProperties: false },
);
export type ThreatLevel = Type.Static<typeof ThreatLevel>;

/** A lockdown in force: row of the site table, and answer. Its end deletes the row, so each door has its own mode again. */
export const Lockdown = Type.Object(
  {
    lockdownId: Type.String({ description: 'A UUID, or `threat-level`: a site has at most one level in force' }),
    level: Type.Optional(ThreatLevelName),
    locks: Type.Array(Lock, { description: 'A door is locked while any of them covers it' }),
    why: Type.String(),
    by: Type.Object({ userId: Type.String(), userName: Type.String() }),
    since: Timestamp,
  },
  { $id: 'Lockdown', description: 'A lockdown that is in force' },
);
export type Lockdown = Type.Static<typeof Lockdown>;

/** The `lockdownId` of the threat level in force. */
export const THREAT_LEVEL_ID = 'threat-level';

export const LockdownList = Type.Object(
  {
    items: Type.Array(Type.Ref('Lockdown#'), { description: 'Oldest first' }),
    levels: Type.Array(ThreatLevelName, { description: 'Threat levels of the site’s settings' }),
  },
  { $id: 'LockdownList', description: 'The lockdowns in force, and the threat levels that can be set' },
);
export type LockdownList = Omit<Type.Static<typeof LockdownList>, 'items'> & { items: Lockdown[] };

interface ReaderPlace {
  buildingId: string;
  /** Zone that the reader leads into. */
  zoneId: string;
}

type OuterZones = ReadonlyMap<string, { outerZoneId?: string }>;

/** Returns whether a zone is another one, or lies within it. Ends at a circle of zones, too. Pure. */
export function isWithin(zoneId: string | undefined, outerZoneId: string, zones: OuterZones): boolean {
  const seen = new Set<string>();
  for (let id = zoneId; id !== undefined && !seen.has(id); id = zones.get(id)?.outerZoneId) {
    if (id === outerZoneId) return true;
    seen.add(id);
  }
  return false;
}

/** Returns whether a lock covers the way in at a reader: its zone is the locked one, or lies within it. Pure. */
export function covers(lock: Lock, { buildingId, zoneId }: ReaderPlace, zones: OuterZones): boolean {
  if (lock.zoneId !== undefined) return isWithin(zoneId, lock.zoneId, zones);
  return lock.buildingId === undefined || lock.buildingId === buildingId;
}
