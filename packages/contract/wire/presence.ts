import Type from 'typebox';
import { BuildingId, CardId, Direction, EmployeeId, ReaderId, Timestamp, ZoneId } from '../values/identifiers.js';
import { pageFields } from './page.js';

/** State of the card with which a person is listed, if it opens no door of its own. */
export const MusterCardState = Type.Enum(
  [
    'issued',
    'suspended',
    'lost',
    'stolen',
    'destroyed',
    'expired',
    'revoked',
    'not-yet-valid',
    'not-linked',
    'unknown',
  ],
  {
    description:
      'State of the card if it is not active. `not-linked`: it is not linked to the person any more. `unknown`: there ' +
      'is no such card; `no-card:…` holds the place of a person whose card went to someone else',
  },
);
export type MusterCardState = Type.Static<typeof MusterCardState>;

export const MusterEntry = Type.Object({
  name: Type.Optional(Type.String({ description: 'Name of the cardholder, if the card is linked to one' })),
  employeeId: Type.Optional(EmployeeId),
  cardId: CardId,
  zoneId: ZoneId,
  since: { ...Timestamp, description: 'Time of the swipe that led here, or from which the card was linked' },
  readerId: Type.Optional({ ...ReaderId, description: 'Reader of that swipe; absent if a link placed the person' }),
  direction: Type.Optional(Direction),
  cardState: Type.Optional(MusterCardState),
});
export type MusterEntry = Type.Static<typeof MusterEntry>;

export const Muster = Type.Object(
  {
    buildingId: BuildingId,
    zoneId: Type.Optional(ZoneId),
    asOf: Timestamp,
    namesMissing: Type.Optional(
      Type.Boolean({ description: 'The names could not be read: everyone is listed, but without names' }),
    ),
    cardsMissing: Type.Optional(
      Type.Boolean({ description: 'The cards could not be read in time: everyone is listed, but without `cardState`' }),
    ),
    people: Type.Array(MusterEntry, { description: 'Sorted by name, then employee, then card' }),
  },
  { $id: 'Muster', description: 'Everyone inside a building' },
);
export type Muster = Type.Static<typeof Muster>;

const headcount = {
  inside: Type.Integer({ minimum: 0, description: 'Cards whose cardholders are inside' }),
  byZone: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description: 'The same by zoneId; empty zones are left out',
  }),
};

export const Headcount = Type.Object(headcount);
export type Headcount = Type.Static<typeof Headcount>;

/** @param zoneIds the zone of each person */
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

/** Body that an operator posts to forgive a card's entry. */
export const ForgivePassback = Type.Object(
  { reason: Type.String({ minLength: 1, maxLength: 200, description: 'For the log: why, and who approved it' }) },
  { $id: 'ForgivePassback', additionalProperties: false },
);
export type ForgivePassback = Type.Static<typeof ForgivePassback>;

export const PassbackForgiven = Type.Object(
  { cardId: CardId, forgivenAt: Timestamp },
  { $id: 'PassbackForgiven', description: 'Anti-passback ignores entries up to forgivenAt' },
);
export type PassbackForgiven = Type.Static<typeof PassbackForgiven>;
