import {
  ALARM_TYPES,
  alarmDay,
  alarmKey,
  type Decision,
  type DoorEventRecord,
  type DoorEventType,
  expiresAt,
  tenantKey,
} from '@swipegate/contract';

/** Entry of the door-event table: an event that a reader posted, or a duress alarm that decide raised. */
export interface DoorEventEntry extends Omit<DoorEventRecord, 'type'> {
  type: DoorEventType | 'duress';
}

/** Types that the index by day contains. */
const ALARMS: ReadonlySet<DoorEventEntry['type']> = new Set(ALARM_TYPES);

/** Returns the silent alarm for a swipe with the duress sign. A retry of the swipe returns the same alarm. */
export function duressAlarm({ tenantId, swipeId, readerId, readAt, receivedAt }: Decision): DoorEventEntry {
  return { kind: 'door-event', tenantId, eventId: swipeId, readerId, type: 'duress', occurredAt: readAt, receivedAt };
}

export function doorEventRow(event: DoorEventEntry, keepDays: number) {
  const { tenantId, eventId, readerId, type, occurredAt, receivedAt } = event;
  return {
    readerKey: tenantKey(tenantId, readerId),
    ...event,
    ...(ALARMS.has(type) ? { alarmDay: alarmDay(tenantId, occurredAt), alarmKey: alarmKey(occurredAt, eventId) } : {}),
    expiresAt: expiresAt(receivedAt, keepDays),
  };
}
