import { compile, DoorEvent, type DoorEventRecord, doorEventPartitionKey, explain } from '@swipegate/contract';
import { type ItemKind, Rejection } from './intake.js';
import { aheadOfClock, notAllowed } from './item-checks.js';

const isDoorEvent = compile(DoorEvent);

/** Door events as items of a body. They share the path of swipes, so an alarm is as durable as a grant. */
export function doorEventItems(maxClockAheadMs: number): ItemKind<DoorEvent> {
  return {
    read(value, principal, receivedAtMs) {
      if (!isDoorEvent(value)) {
        const { field, reason } = explain(isDoorEvent.errors);
        return new Rejection('invalid-item', field, reason);
      }
      return (
        notAllowed(value.readerId, principal) ??
        aheadOfClock('occurredAt', value.occurredAt, receivedAtMs, maxClockAheadMs) ??
        value
      );
    },
    idMember: 'eventId',
    id: ({ eventId }) => eventId,
    encoder: ({ tenantId }, { text: receivedAt }) => ({
      partitionKey: ({ readerId }) => doorEventPartitionKey(tenantId, readerId),
      record({ eventId, readerId, type, occurredAt }) {
        const record: DoorEventRecord = {
          kind: 'door-event',
          tenantId,
          eventId,
          readerId,
          type,
          occurredAt,
          receivedAt,
        };
        return JSON.stringify(record);
      },
    }),
  };
}
