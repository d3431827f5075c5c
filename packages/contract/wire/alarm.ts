import Type from 'typebox';
import { EventId, ReaderId, Timestamp } from '../values/identifiers.js';
import { pageFields } from './page.js';

/** Door events that somebody must look at. Readers post them, but for duress, which comes of a swipe. */
export const ALARM_TYPES = ['forced-open', 'door-open-too-long', 'tamper', 'duress'] as const;

/** Row of the door-event table, besides its keys, where its type is an alarm. */
export const Alarm = Type.Object({
  eventId: EventId,
  readerId: ReaderId,
  type: Type.Enum([...ALARM_TYPES], { description: '`duress`: eventId is the swipeId' }),
  occurredAt: Timestamp,
  receivedAt: Timestamp,
});
export type Alarm = Type.Static<typeof Alarm>;

export const AlarmPage = Type.Object(
  { from: Timestamp, to: Timestamp, items: Type.Array(Alarm), ...pageFields },
  { $id: 'AlarmPage', description: 'Alarms of doors and readers, newest first' },
);
export type AlarmPage = Type.Static<typeof AlarmPage>;
