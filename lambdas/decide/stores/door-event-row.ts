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

/** What stands in the door-event table: what readers post, and the duress alarms that decide raises. */
export interface DoorEventEntry extends Omit<DoorEventRecord, 'type'> {
  type: DoorEventType | 'duress';
}

/** They are in the index by day. */
const ALARMS: ReadonlySet<DoorEventEntry['type']> = new Set(ALARM_TYPES);

/** The silent alarm of a cardholder who gave the duress sign. The same swipe always raises the same one. */
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
