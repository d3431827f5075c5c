import { CardId, EmployeeId, Place, TenantId, Timestamp } from '@swipegate/contract';
import Type from 'typebox';

/**
 * Where the back office placed a card's holder, effective right after the card's swipe at that stream position.
 * Linking a card, for example, places its holder in the building.
 */
export const Placement = Type.Object(
  {
    tenantId: TenantId,
    cardId: CardId,
    afterSequence: Type.String({ description: '`sequence` of a decision; empty means before all swipes of the card' }),
    place: Type.Optional(Type.Object(Place.properties, { description: 'Absent means outdoors' })),
    movedAt: Timestamp,
    employeeId: Type.Optional(EmployeeId),
  },
  { additionalProperties: false },
);

/** See the schema. Without `employeeId` the holder stays the same. */
export type Placement = Omit<Type.Static<typeof Placement>, 'place'> & { place?: Place | undefined };
