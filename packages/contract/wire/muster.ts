import Type from 'typebox';
import { BuildingId, EmployeeId, ZoneId } from '../tables/site.js';
import { CardId, Timestamp } from '../values/identifiers.js';

/** One card whose cardholder is inside. */
export const MusterEntry = Type.Object({
  name: Type.Optional(Type.String({ description: 'Name of the cardholder, if the card is linked to one' })),
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
      Type.Boolean({ description: 'The names could not be read: everyone is listed, but without names' }),
    ),
    people: Type.Array(MusterEntry, { description: 'Sorted by name, then employee, then card' }),
  },
  { $id: 'Muster', description: 'Everyone inside a building' },
);
export type Muster = Type.Static<typeof Muster>;
