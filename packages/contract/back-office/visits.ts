import Type from 'typebox';
import { Cardholder } from '../tables/site.js';
import { Visit } from '../tables/visit.js';
import { CardId } from '../values/identifiers.js';
import { pageFields } from '../wire/page.js';

const { employeeId, name, accessLevelIds } = Cardholder.properties;

export const VisitState = Type.Enum(['expected', 'checked-in', 'overdue', 'missed', 'checked-out'], {
  description:
    'overdue: the visit has ended, and the visitor is not checked out; missed: it has ended without a check-in',
});
export type VisitState = Type.Static<typeof VisitState>;

/** A visitor with their visit. */
export const VisitEntry = Type.Object({
  employeeId,
  name,
  accessLevelIds,
  ...Visit.properties,
  hostName: Type.Optional(name),
  state: VisitState,
  cardId: Type.Optional(CardId),
  inside: Type.Boolean({ description: 'Whether the visitor is inside a building' }),
});
export type VisitEntry = Type.Static<typeof VisitEntry>;

export const VisitPage = Type.Object(
  { items: Type.Array(VisitEntry), ...pageFields },
  { $id: 'VisitPage', description: 'Visits, by their end' },
);
export type VisitPage = Type.Static<typeof VisitPage>;
