import Type from 'typebox';
import { CardId, Direction, identifier, ReaderId, SwipeId, TenantId, Timestamp } from '../values/identifiers.js';
import { AccessEvent } from './access-event.js';

export const Outcome = Type.Enum(['granted', 'denied', 'recorded'], {
  description: '`recorded`: history that came too late to open a door; `reason` is what the rules say of it',
});
export type Outcome = Type.Static<typeof Outcome>;

/** The one answer to a swipe. Written once, never changed; the same bytes go to the table, the stream and the reader. */
export const Decision = Type.Object(
  {
    swipeId: SwipeId,
    tenantId: TenantId,
    readerId: ReaderId,
    cardId: CardId,
    employeeId: Type.Optional(identifier('The cardholder, where the card is linked', 'emp-00042')),
    outcome: Outcome,
    reason: AccessEvent,
    direction: Direction,
    buildingId: Type.Optional(identifier('The building of the reader', 'hq')),
    zoneId: Type.Optional(identifier('The zone the reader leads into', 'hq-offices')),
    readAt: Timestamp,
    receivedAt: Timestamp,
    decidedAt: Timestamp,
    timeBasis: Type.Enum(['readAt', 'receivedAt'], {
      description: 'The clock the rules went by: the reader’s, unless it differs too much from the gateway’s',
    }),
    duress: Type.Optional(Type.Boolean({ description: 'The cardholder gave the duress sign' })),
    offlineOutcome: Type.Optional(
      Type.Enum(['granted', 'denied'], { description: 'What the reader did by itself while it was offline' }),
    ),
    sequence: Type.String({
      pattern: '^[0-9.]{1,80}$',
      description: 'Place in the stream: 56-digit sequence number, then sub-sequence number',
    }),
  },
  { $id: 'Decision', additionalProperties: false, description: 'The one answer to a swipe' },
);
export type Decision = Type.Static<typeof Decision>;
