import { CardId, EmployeeId, Place, TenantId, Timestamp } from '@swipegate/contract';
import Type from 'typebox';

/**
 * Where the back office put a card's holder: right after the card's swipe of that place in the stream, such as when a card is
 * linked to somebody who is inside with another.
 */
export const Placement = Type.Object(
  {
    tenantId: TenantId,
    cardId: CardId,
    afterSequence: Type.String({ description: '`sequence` of a decision; empty: before all swipes of the card' }),
    place: Type.Optional(Type.Object(Place.properties, { description: 'Absent: outdoors' })),
    movedAt: Timestamp,
    employeeId: Type.Optional(EmployeeId),
  },
  { additionalProperties: false },
);

/** See the schema. Without `employeeId` the holder is who it was before. */
export type Placement = Omit<Type.Static<typeof Placement>, 'place'> & { place?: Place | undefined };
