import Type from 'typebox';
import { Device, DeviceDoor, DeviceId } from '../tables/device.js';
import { DeviceCommandName } from '../tables/device-command.js';
import { Lockdown } from '../tables/lockdown.js';
import { AccessLevel, Building, Employee, OperatorKey, Reader, Schedule, Tenant, Zone } from '../tables/site.js';
import { Visit } from '../tables/visit.js';
import {
  AccessLevelId,
  BuildingId,
  CardId,
  EmployeeId,
  KeyId,
  ReaderId,
  ScheduleId,
  TenantId,
  Timestamp,
  ZoneId,
} from '../values/identifiers.js';
import { pageFields } from '../wire/page.js';

/** Same format as a swipeId: a change that puts a cardholder inside is stored in place of a swipe. */
export const ChangeId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'Idempotency key of a change: a UUID in lower case',
  examples: ['0193a1d2-7c1e-7000-8000-000000000003'],
});

export const Why = Type.String({
  minLength: 3,
  maxLength: 500,
  pattern: '\\S',
  description: 'Reason for the change, in words for an auditor',
  examples: ['First day at work'],
});

const KeyHash = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the key, hex' });

/** Version of an entry: a short hash of each member that a change can set, in the order of its schema. */
const VERSION = '[A-Za-z0-9_-]{8}(?:\\.[A-Za-z0-9_-]{8})*';
export const EntryVersion = Type.String({
  pattern: `^${VERSION}$`,
  description: 'Version of the entry. Send it as the ETag of If-Match, in double quotes',
  examples: ['Xa3_d9Qk.pQ0-2mVb'],
});

/** If-Match (RFC 9110, section 13.1.1), with one entity tag. */
export const IfMatch = Type.String({
  pattern: `^(?:\\*|"${VERSION}")$`,
  description: 'ETag of the entry that was read: the change fails if the entry has changed since. Or *: it must exist',
});

/** State that a change expects of the entry that it writes: absent, present in any version, or in one version. */
export const ExpectedState = Type.Union([Type.Enum(['absent', 'present']), EntryVersion]);
export type ExpectedState = Type.Static<typeof ExpectedState>;

/** Actions on an existing card. CARD_TRANSITIONS lists the states that allow each. */
export const CardAction = Type.Enum(['unlink', 'suspend', 'lost', 'stolen', 'destroyed', 'reactivate', 'expire']);
export type CardAction = Type.Static<typeof CardAction>;

export const LinkCard = Type.Object({
  type: Type.Literal('link-card'),
  cardId: CardId,
  employeeId: EmployeeId,
  buildingId: BuildingId,
  zoneId: Type.Optional(ZoneId),
  validFrom: Type.Optional(Timestamp),
  validUntil: Type.Optional(Timestamp),
});

const ChangeCard = Type.Object({
  type: Type.Literal('change-card'),
  action: CardAction,
  cardId: CardId,
  validUntil: Type.Optional(Timestamp),
});

/**
 * Marks a person who left without a swipe as outside. Names the person, or the card with which they are listed:
 * unknown cards have no person.
 */
const MarkOutside = Type.Object({
  type: Type.Literal('mark-outside'),
  employeeId: Type.Optional(EmployeeId),
  cardId: Type.Optional(CardId),
});

/** The reader's other keys stay valid until `overlapUntil`, so the door works while the new key is installed. */
const IssueReaderKey = Type.Object({
  type: Type.Literal('issue-reader-key'),
  readerId: ReaderId,
  keyId: KeyId,
  keyHash: KeyHash,
  overlapUntil: Timestamp,
});

/** The device's other keys stay valid until `overlapUntil`. */
const IssueDeviceKey = Type.Object({
  type: Type.Literal('issue-device-key'),
  deviceId: DeviceId,
  keyId: KeyId,
  keyHash: KeyHash,
  overlapUntil: Timestamp,
});

/** Without a door, the command is for the whole device. */
const CommandDevice = Type.Object({
  type: Type.Literal('command-device'),
  deviceId: DeviceId,
  door: Type.Optional(DeviceDoor.properties.door),
  command: DeviceCommandName,
});

/** In force before its turn, from the moment of its answer. The members that its row has besides come from the change. */
const StartLockdown = Type.Object({
  type: Type.Literal('start-lockdown'),
  lockdownId: Lockdown.properties.lockdownId,
  level: Lockdown.properties.level,
  locks: Lockdown.properties.locks,
});

const EndLockdown = Type.Object({
  type: Type.Literal('end-lockdown'),
  lockdownId: Lockdown.properties.lockdownId,
});

/** The gateway accepts the key until `notAfter`, or until it is revoked. */
const IssueOperatorKey = Type.Object({
  type: Type.Literal('issue-operator-key'),
  keyId: KeyId,
  keyHash: KeyHash,
  name: OperatorKey.properties.name,
  notAfter: OperatorKey.properties.notAfter,
});

/** A line of a file: members that it does not give stay as they are. A new employee is active and has no rights. */
const PatchEmployee = Type.Object({
  type: Type.Literal('patch-employee'),
  employeeId: EmployeeId,
  name: Employee.properties.name,
  active: Type.Optional(Employee.properties.active),
  accessLevelIds: Type.Optional(Employee.properties.accessLevelIds),
});

/** Begins or ends the trace of a card: an alarm at each of its swipes. */
const TraceCard = Type.Object({ type: Type.Literal('trace-card'), cardId: CardId, isTraced: Type.Boolean() });

/** Replaces the person's permit for the zone, if they have one. Default of `from`: the time of the request. */
const PermitZone = Type.Object({
  type: Type.Literal('permit-zone'),
  employeeId: EmployeeId,
  zoneId: ZoneId,
  from: Type.Optional(Timestamp),
  until: Timestamp,
});

const { checkedInAt: _in, checkedOutAt: _out, ...planned } = Visit.properties;

/** Creates a visitor, or replaces name, rights and plan of the visit. */
export const SetVisit = Type.Object({
  type: Type.Literal('set-visit'),
  employeeId: EmployeeId,
  name: Employee.properties.name,
  accessLevelIds: Employee.properties.accessLevelIds,
  visit: Type.Object(planned),
});

/** Hands a card to a visitor. A card of a visit that is over is free again. */
const CheckInVisit = Type.Object({ type: Type.Literal('check-in-visit'), employeeId: EmployeeId, cardId: CardId });

export const ChangeContent = Type.Union([
  LinkCard,
  ChangeCard,
  TraceCard,
  MarkOutside,
  Type.Object({ type: Type.Literal('set-employee'), employee: Employee }),
  PatchEmployee,
  Type.Object({ type: Type.Literal('erase-employee'), employeeId: EmployeeId }),
  SetVisit,
  CheckInVisit,
  Type.Object({ type: Type.Literal('check-out-visit'), employeeId: EmployeeId }),
  PermitZone,
  Type.Object({ type: Type.Literal('withdraw-permit'), employeeId: EmployeeId, zoneId: ZoneId }),
  Type.Object({ type: Type.Literal('set-tenant'), tenant: Tenant }),
  Type.Object({ type: Type.Literal('set-building'), building: Building }),
  Type.Object({ type: Type.Literal('remove-building'), buildingId: BuildingId }),
  Type.Object({ type: Type.Literal('set-zone'), zone: Zone }),
  Type.Object({ type: Type.Literal('remove-zone'), zoneId: ZoneId }),
  Type.Object({ type: Type.Literal('set-access-level'), accessLevel: AccessLevel }),
  Type.Object({ type: Type.Literal('remove-access-level'), accessLevelId: AccessLevelId }),
  Type.Object({ type: Type.Literal('set-schedule'), schedule: Schedule }),
  Type.Object({ type: Type.Literal('remove-schedule'), scheduleId: ScheduleId }),
  Type.Object({ type: Type.Literal('set-reader'), reader: Reader }),
  Type.Object({ type: Type.Literal('remove-reader'), readerId: ReaderId }),
  IssueReaderKey,
  Type.Object({ type: Type.Literal('revoke-reader-key'), readerId: ReaderId, keyId: KeyId }),
  Type.Object({ type: Type.Literal('set-device'), device: Device }),
  Type.Object({ type: Type.Literal('remove-device'), deviceId: DeviceId }),
  IssueDeviceKey,
  Type.Object({ type: Type.Literal('revoke-device-key'), deviceId: DeviceId, keyId: KeyId }),
  CommandDevice,
  StartLockdown,
  EndLockdown,
  IssueOperatorKey,
  Type.Object({ type: Type.Literal('revoke-operator-key'), keyId: KeyId }),
]);
export type ChangeContent = Type.Static<typeof ChangeContent>;
export type ChangeType = ChangeContent['type'];
export type ContentOf<Kind extends ChangeType> = Extract<ChangeContent, { type: Kind }>;

export const ChangeAuthor = Type.Object({
  userId: Type.String({ minLength: 1, maxLength: 128, description: 'The `sub` of the person’s token' }),
  userName: Type.String({ minLength: 1, maxLength: 128 }),
});
export type ChangeAuthor = Type.Static<typeof ChangeAuthor>;

/** Sent by the admin API through SNS and SQS, kept in the event store. No secrets: a key appears only as its hash. */
export const Change = Type.Object({
  changeId: ChangeId,
  tenantId: TenantId,
  requestedAt: Timestamp,
  by: ChangeAuthor,
  why: Why,
  /** Checked when the change is requested, and again when it is applied. Default: any state. */
  expects: Type.Optional(ExpectedState),
  content: ChangeContent,
});
export type Change = Type.Static<typeof Change>;

/** The card and the employee that a change affects, if any. */
export function subjectOf(content: ChangeContent): { cardId?: string; employeeId?: string } {
  switch (content.type) {
    case 'link-card':
    case 'check-in-visit':
      return { cardId: content.cardId, employeeId: content.employeeId };
    case 'change-card':
    case 'trace-card':
      return { cardId: content.cardId };
    case 'mark-outside': {
      const { cardId, employeeId } = content;
      return { ...(cardId && { cardId }), ...(employeeId && { employeeId }) };
    }
    case 'set-employee':
      return { employeeId: content.employee.employeeId };
    case 'patch-employee':
    case 'erase-employee':
    case 'set-visit':
    case 'check-out-visit':
    case 'permit-zone':
    case 'withdraw-permit':
      return { employeeId: content.employeeId };
    default:
      return {};
  }
}

export const ChangeState = Type.Enum(['accepted', 'stored', 'applied', 'rejected'], {
  description:
    'accepted: queued; stored: in the event store; applied or rejected: final. A block of a card is applied as soon as it ' +
    'is in force, before its turn',
});
export type ChangeState = Type.Static<typeof ChangeState>;

/** A member of an entry that a change replaced. Names and ids of people are left out: an erasure must not find them here. */
export const ReplacedMember = Type.Object({
  member: Type.String(),
  was: Type.Optional(Type.Unknown({ description: 'Absent: it had no value, or the value is personal' })),
  is: Type.Optional(Type.Unknown({ description: 'Absent: it has no value any more, or the value is personal' })),
});
export type ReplacedMember = Type.Static<typeof ReplacedMember>;

export const ChangeStatus = Type.Object(
  {
    ...Change.properties,
    changeId: ChangeId,
    state: ChangeState,
    acceptedAt: Type.Optional(Timestamp),
    storedAt: Type.Optional(Timestamp),
    settledAt: Type.Optional(Timestamp),
    replaced: Type.Optional(
      Type.Array(ReplacedMember, { description: 'What an applied change replaced. Absent if the entry was new' }),
    ),
    code: Type.Optional(Type.String({ description: 'Code of the reason why it was rejected' })),
    reason: Type.Optional(Type.String({ description: 'Why it was rejected, in words' })),
    warnings: Type.Optional(
      Type.Array(Type.String(), {
        description: 'What is allowed and perhaps not meant, in words. Only in the answer to the request of the change',
      }),
    ),
  },
  { $id: 'ChangeStatus', description: 'A change and its progress' },
);
export type ChangeStatus = Type.Static<typeof ChangeStatus>;

export const ChangeStatusPage = Type.Object(
  { items: Type.Array(Type.Ref('ChangeStatus#')), ...pageFields },
  { $id: 'ChangeStatusPage', description: 'Changes, newest first' },
);
