import Type from 'typebox';
import { BuildingId, EmployeeId, ZoneId } from '../tables/site.js';
import { CardId, Timestamp } from '../values/identifiers.js';

/** One card whose holder is inside. */
export const MusterEntry = Type.Object({
  name: Type.Optional(Type.String({ description: 'Of the cardholder, where the card is linked' })),
  employeeId: Type.Optional(EmployeeId),
  cardId: CardId,
  zoneId: ZoneId,
  since: Timestamp,
});
export type MusterEntry = Type.Static<typeof MusterEntry>;

export const Muster = Type.Object(
  {
    buildingId: BuildingId,
    zoneId: Type.Optional(ZoneId),
    asOf: Timestamp,
    namesMissing: Type.Optional(
      Type.Boolean({ description: 'The names could not be read: the list is complete, but without names' }),
    ),
    people: Type.Array(MusterEntry, { description: 'Sorted by name, then employee, then card' }),
  },
  { $id: 'Muster', description: 'Who is inside a building' },
);
export type Muster = Type.Static<typeof Muster>;
