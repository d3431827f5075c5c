import Type from 'typebox';
import { BuildingId, EventId, ReaderId, TenantId, Timestamp, tenantKey } from '../values/identifiers.js';
import { namesIn } from '../values/names-in.js';
import { ALARM_STATES } from './alarm-state.js';
import { pageFields } from './page.js';

/** Door events other than swipes. Alarm names follow BACnet's door alarm states (ASHRAE 135 clause 12.26). */
export const DOOR_EVENT_TYPES = {
  'forced-open': 'the door was opened without a grant',
  'door-open-too-long': 'the door is held open',
  'request-to-exit': 'the exit button or sensor was used',
  tamper: 'the reader or its housing was opened',
  'door-opened': 'the door was opened',
  'door-closed': 'the door was closed',
  'mains-lost': 'the device lost its mains power',
  'battery-low': 'the battery of the device is low',
  fire: 'the fire alarm input of the device is on',
  'code-tried': 'somebody typed a wrong code',
  'duress-code': 'somebody typed the code of duress',
  heartbeat: 'the reader is alive',
} as const;

export type DoorEventType = keyof typeof DOOR_EVENT_TYPES;

const doorEventFields = {
  eventId: EventId,
  readerId: ReaderId,
  type: Type.Enum(namesIn(DOOR_EVENT_TYPES)),
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

/** Alarms that the decision function raises; readers do not post them. */
export const RAISED_ALARM_TYPES = {
  duress: 'a cardholder gave the duress sign; eventId is the swipeId',
  trace: 'a traced card was shown; the detail names the swipe',
  'clock-wrong': 'the reader’s clock is too far from the gateway’s, at most once an hour',
  'row-unreadable': 'a stored row could not be read, and the log names it; readerId is where a card needed it',
} as const;
export type RaisedAlarmType = keyof typeof RAISED_ALARM_TYPES;

/** Door events that need attention. */
export const ALARM_TYPES = [
  ...['forced-open', 'door-open-too-long', 'tamper', 'mains-lost', 'battery-low', 'fire', 'duress-code'],
  ...namesIn(RAISED_ALARM_TYPES),
] as const satisfies readonly (DoorEventType | RaisedAlarmType)[];
export type AlarmType = (typeof ALARM_TYPES)[number];

/** When something happened, by the clock that counts, and beside it the time that the reader sent. */
const alarmTimes = {
  occurredAt: {
    ...Timestamp,
    description: 'Time that counts: the reader’s, or receivedAt if the two are too far apart. RFC 3339 in UTC',
  },
  reportedAt: Type.Optional({ ...Timestamp, description: 'Time that the reader sent, unchanged' }),
};

/** Most characters of a note about an alarm. */
export const MAX_ALARM_NOTE = 500;
/** Most steps of an alarm. Close takes the last one, so every alarm can be closed. */
export const MOST_ALARM_STEPS = 50;

const AlarmNote = Type.String({
  minLength: 1,
  maxLength: MAX_ALARM_NOTE,
  description: `In words, 1 to ${MAX_ALARM_NOTE} characters`,
});

/** A change of an alarm's state: who made it, when, and why. */
export const AlarmStep = Type.Object({
  state: Type.Enum([...ALARM_STATES]),
  at: Timestamp,
  by: Type.String({ description: 'userId of the signed-in user, or keyId of the operator’s key' }),
  note: Type.Optional(AlarmNote),
});
export type AlarmStep = Type.Static<typeof AlarmStep>;

/** Body that acknowledges an alarm. */
export const AcknowledgeAlarm = Type.Object(
  { note: Type.Optional(AlarmNote) },
  { $id: 'AcknowledgeAlarm', additionalProperties: false },
);
export type AcknowledgeAlarm = Type.Static<typeof AcknowledgeAlarm>;

/** Body that closes an alarm or opens it again. */
export const ExplainAlarm = Type.Object({ note: AlarmNote }, { $id: 'ExplainAlarm', additionalProperties: false });
export type ExplainAlarm = Type.Static<typeof ExplainAlarm>;

const alarmStateFields = {
  state: Type.Enum([...ALARM_STATES]),
  steps: Type.Array(AlarmStep, { maxItems: MOST_ALARM_STEPS, description: 'Changes of the state, oldest first' }),
};

/** State of one alarm. The pair of readerId and eventId names an alarm for good. */
export const AlarmStatus = Type.Object(
  { readerId: ReaderId, eventId: EventId, ...alarmStateFields },
  { $id: 'AlarmStatus', description: 'State of an alarm, and who changed it' },
);
export type AlarmStatus = Type.Static<typeof AlarmStatus>;

/** An alarm as its row has it, without the keys of the table, and its state. */
export const Alarm = Type.Object({
  eventId: EventId,
  readerId: ReaderId,
  type: Type.Enum([...ALARM_TYPES], {
    description: Object.entries(RAISED_ALARM_TYPES)
      .map(([type, meaning]) => `\`${type}\`: ${meaning}`)
      .join('. '),
  }),
  ...alarmTimes,
  receivedAt: Timestamp,
  detail: Type.Optional(Type.String({ description: 'More about the alarm, in words' })),
  ...alarmStateFields,
});
export type Alarm = Type.Static<typeof Alarm>;

export const AlarmPage = Type.Object(
  { from: Timestamp, to: Timestamp, items: Type.Array(Alarm), ...pageFields },
  { $id: 'AlarmPage', description: 'Door and reader alarms with their states, newest first' },
);
export type AlarmPage = Type.Static<typeof AlarmPage>;

export const SilentReader = Type.Object({
  readerId: ReaderId,
  door: Type.String(),
  buildingId: BuildingId,
  heardAt: Type.Union([Timestamp, Type.Null()], { description: 'When the reader was last heard from; null: never' }),
});
export type SilentReader = Type.Static<typeof SilentReader>;

export const SilentReaderPage = Type.Object(
  {
    asOf: Timestamp,
    minutes: Type.Integer(),
    items: Type.Array(SilentReader, { description: 'Sorted by readerId' }),
    ...pageFields,
  },
  { $id: 'SilentReaderPage', description: 'Readers not heard from' },
);
export type SilentReaderPage = Type.Static<typeof SilentReaderPage>;
