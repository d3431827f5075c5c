import Type from 'typebox';
import { EventId, ReaderId, TenantId, Timestamp, tenantKey } from '../values/identifiers.js';

/** Door events other than swipes. Alarm names follow BACnet's door alarm states (ASHRAE 135 clause 12.26). */
export const DOOR_EVENT_TYPES = {
  'forced-open': 'the door was opened without a grant',
  'door-open-too-long': 'the door is held open',
  'request-to-exit': 'the exit button or sensor was used',
  tamper: 'the reader or its housing was opened',
  heartbeat: 'the reader is alive',
} as const;

export type DoorEventType = keyof typeof DOOR_EVENT_TYPES;

function isDoorEventType(name: string): name is DoorEventType {
  return name in DOOR_EVENT_TYPES;
}

const types: DoorEventType[] = Object.keys(DOOR_EVENT_TYPES).filter(isDoorEventType);

const doorEventFields = {
  eventId: EventId,
  readerId: ReaderId,
  type: Type.Enum(types),
  occurredAt: Timestamp,
};

export const DoorEvent = Type.Object(doorEventFields, {
  $id: 'DoorEvent',
  additionalProperties: false,
  description: 'An event of a door or reader other than a swipe',
});
export type DoorEvent = Type.Static<typeof DoorEvent>;

/** A door event on the `swipes` stream. Partition key: {@link doorEventPartitionKey}. */
export const DoorEventRecord = Type.Object({
  kind: Type.Literal('door-event'),
  tenantId: TenantId,
  ...doorEventFields,
  receivedAt: Timestamp,
});
export type DoorEventRecord = Type.Static<typeof DoorEventRecord>;

/** Keeps the door events of one reader in order. */
export function doorEventPartitionKey(tenantId: string, readerId: string): string {
  return tenantKey(tenantId, readerId);
}
