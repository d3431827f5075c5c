import Type from 'typebox';
import { BuildingId } from '../tables/site.js';
import { Timestamp } from '../values/identifiers.js';
import { pageFields } from './page.js';

const headcount = {
  inside: Type.Integer({ minimum: 0, description: 'Cards whose cardholders are inside' }),
  byZone: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description: 'The same by zoneId; empty zones are left out',
  }),
};

/** Number of people inside a building. */
export const Headcount = Type.Object(headcount);
export type Headcount = Type.Static<typeof Headcount>;

/** Counts the people inside. @param zoneIds the zone of each person */
export function headcountOf(zoneIds: Iterable<string>): Headcount {
  const byZone: Record<string, number> = {};
  let inside = 0;
  for (const zoneId of zoneIds) {
    byZone[zoneId] = (byZone[zoneId] ?? 0) + 1;
    inside += 1;
  }
  return { inside, byZone };
}

/** Headcount of one minute: a row of the occupancy table without its keys. */
export const OccupancySample = Type.Object({
  countedAt: Type.String({ description: 'RFC 3339, a whole minute in UTC', examples: ['2026-11-24T08:15:00.000Z'] }),
  ...headcount,
});
export type OccupancySample = Type.Static<typeof OccupancySample>;

export const Occupancy = Type.Object(
  {
    buildingId: BuildingId,
    asOf: Timestamp,
    now: Headcount,
    items: Type.Array(OccupancySample, { description: 'One sample per minute, oldest first' }),
    ...pageFields,
  },
  { $id: 'Occupancy', description: 'Number of people inside a building, now and by minute' },
);
export type Occupancy = Type.Static<typeof Occupancy>;
