import Type from 'typebox';
import { CardId, Direction, identifier, ReaderId, SwipeId, TenantId, Timestamp } from '../values/identifiers.js';
import { AccessEvent } from './access-event.js';

export const Outcome = Type.Enum(['granted', 'denied', 'recorded'], {
  description: '`recorded`: the swipe arrived too late to open a door; `reason` is what the rules would have decided',
});
export type Outcome = Type.Static<typeof Outcome>;

/** The only answer to a swipe. Immutable: the same bytes go to the table, the stream and the reader. */
export const Decision = Type.Object(
  {
    swipeId: SwipeId,
    tenantId: TenantId,
    readerId: ReaderId,
    cardId: CardId,
    employeeId: Type.Optional(identifier('The cardholder, if the card is linked to one', 'emp-00042')),
    outcome: Outcome,
    reason: AccessEvent,
    direction: Direction,
    buildingId: Type.Optional(identifier('The building of the reader', 'hq')),
    zoneId: Type.Optional(identifier('The zone behind the reader’s door', 'hq-offices')),
    readAt: Timestamp,
    receivedAt: Timestamp,
    decidedAt: Timestamp,
    timeBasis: Type.Enum(['readAt', 'receivedAt'], {
      description: 'Time that the rules used: the reader’s, unless it differs too much from the gateway’s',
    }),
    duress: Type.Optional(Type.Boolean({ description: 'The cardholder gave the duress sign' })),
    offlineOutcome: Type.Optional(
      Type.Enum(['granted', 'denied'], { description: 'What the reader decided on its own while offline' }),
    ),
    sequence: Type.String({
      pattern: '^[0-9.]{1,80}$',
      description: 'Position in the stream: 56-digit sequence number, a dot, sub-sequence number',
    }),
  },
  { $id: 'Decision', additionalProperties: false, description: 'The only answer to a swipe' },
);
export type Decision = Type.Static<typeof Decision>;
