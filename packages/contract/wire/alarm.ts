import Type from 'typebox';
import { EventId, ReaderId, Timestamp } from '../values/identifiers.js';
import { pageFields } from './page.js';

/** Door events that need attention. Readers post all but `duress`, which is raised by a swipe. */
export const ALARM_TYPES = ['forced-open', 'door-open-too-long', 'tamper', 'duress'] as const;

/** Row of the door-event table for an alarm, without its keys. */
export const Alarm = Type.Object({
  eventId: EventId,
  readerId: ReaderId,
  type: Type.Enum([...ALARM_TYPES], { description: 'For `duress`, eventId is the swipeId' }),
  occurredAt: Timestamp,
  receivedAt: Timestamp,
});
export type Alarm = Type.Static<typeof Alarm>;

export const AlarmPage = Type.Object(
  { from: Timestamp, to: Timestamp, items: Type.Array(Alarm), ...pageFields },
  { $id: 'AlarmPage', description: 'Door and reader alarms, newest first' },
);
export type AlarmPage = Type.Static<typeof AlarmPage>;
