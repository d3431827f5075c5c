import { createHash } from 'node:crypto';
import {
  AccessLevel,
  Building,
  Card,
  type ChangeContent,
  Device,
  type Difference,
  Employee,
  type ExpectedState,
  Lockdown,
  OperatorKey,
  Reader,
  type RejectionCode,
  type ReplacedMember,
  Schedule,
  Tenant,
  Zone,
} from '@swipegate/contract';
import { ERASED_NAME, whyErased } from '../employee-row.js';

/** Kinds of entries that changes write: what the version of each covers. All members but the id, in this order. */
const ENTRIES = {
  card: entries('card', 'cardId', Card.properties),
  employee: entries('employee', 'employeeId', Employee.properties),
  tenant: entries('tenant', 'tenantId', Tenant.properties),
  buildings: entries('building', 'buildingId', Building.properties),
  zones: entries('zone', 'zoneId', Zone.properties),
  devices: entries('device', 'deviceId', Device.properties),
  'operator-keys': entries('operator’s key', 'keyId', OperatorKey.properties),
  'access-levels': entries('access level', 'accessLevelId', AccessLevel.properties),
  schedules: entries('schedule', 'scheduleId', Schedule.properties),
  readers: entries('reader', 'readerId', Reader.properties),
  lockdowns: entries('lockdown', 'lockdownId', Lockdown.properties),
} as const;

export type EntryKind = keyof typeof ENTRIES;

/** The entry that a change writes. For a reader's keys, that is the reader. */
export interface EntryName {
  kind: EntryKind;
  id: string;
}

/** A change expects another state of its entry. */
export interface ConditionFault {
  code: Extract<RejectionCode, 'already-exists' | 'changed-meanwhile'>;
  /** Set if the id is taken: the member that holds it. */
  field?: string;
  /** Sentences. */
  reason: string;
  /** Members that differ from what was read or, if the id is taken, from what is sent. */
  differences: Difference[];
}

const HASH_CHARACTERS = 8;
const LONGEST_VALUE = 200;
/** Their values stay out of the sentence: it is stored with the change, and an erasure could not find them there. */
const PERSONAL: Readonly<Partial<Record<EntryKind, readonly string[]>>> = { card: ['employeeId'], employee: ['name'] };

function isPersonal(kind: EntryKind, member: string): boolean {
  return PERSONAL[kind]?.includes(member) === true;
}

export function entryOf(content: ChangeContent): EntryName {
  switch (content.type) {
    case 'link-card':
    case 'change-card':
    case 'trace-card':
      return { kind: 'card', id: content.cardId };
    case 'mark-outside': {
      const { cardId, employeeId = '' } = content;
      return cardId === undefined ? { kind: 'employee', id: employeeId } : { kind: 'card', id: cardId };
    }
    case 'set-employee':
      return { kind: 'employee', id: content.employee.employeeId };
    case 'patch-employee':
    case 'erase-employee':
    case 'set-visit':
    case 'check-in-visit':
    case 'check-out-visit':
    case 'permit-zone':
    case 'withdraw-permit':
      return { kind: 'employee', id: content.employeeId };
    case 'set-tenant':
      return { kind: 'tenant', id: content.tenant.tenantId };
    case 'set-building':
      return { kind: 'buildings', id: content.building.buildingId };
    case 'remove-building':
      return { kind: 'buildings', id: content.buildingId };
    case 'set-zone':
      return { kind: 'zones', id: content.zone.zoneId };
    case 'remove-zone':
      return { kind: 'zones', id: content.zoneId };
    case 'set-device':
      return { kind: 'devices', id: content.device.deviceId };
    case 'remove-device':
    case 'issue-device-key':
    case 'revoke-device-key':
    case 'command-device':
      return { kind: 'devices', id: content.deviceId };
    case 'start-lockdown':
    case 'end-lockdown':
      return { kind: 'lockdowns', id: content.lockdownId };
    case 'issue-operator-key':
    case 'revoke-operator-key':
      return { kind: 'operator-keys', id: content.keyId };
    case 'set-access-level':
      return { kind: 'access-levels', id: content.accessLevel.accessLevelId };
    case 'remove-access-level':
      return { kind: 'access-levels', id: content.accessLevelId };
    case 'set-schedule':
      return { kind: 'schedules', id: content.schedule.scheduleId };
    case 'remove-schedule':
      return { kind: 'schedules', id: content.scheduleId };
    case 'set-reader':
      return { kind: 'readers', id: content.reader.readerId };
    case 'remove-reader':
    case 'issue-reader-key':
    case 'revoke-reader-key':
      return { kind: 'readers', id: content.readerId };
  }
}

/** Returns the whole entry that a change writes; undefined if it writes parts of one. */
export function entrySent(content: ChangeContent): object | undefined {
  switch (content.type) {
    case 'set-employee':
      return content.employee;
    case 'set-tenant':
      return content.tenant;
    case 'set-device':
      return content.device;
    case 'set-building':
      return content.building;
    case 'set-zone':
      return content.zone;
    case 'set-access-level':
      return content.accessLevel;
    case 'set-schedule':
      return content.schedule;
    case 'set-reader':
      return content.reader;
    default:
      return undefined;
  }
}

/** Returns the name of an entry as users know it. */
export function titleOf({ kind, id }: EntryName): string {
  return `${ENTRIES[kind].noun} ${id}`;
}

/** Returns the members of a stored entry whose values are others in an entry that is sent. */
export function differencesFrom(kind: EntryKind, stored: object, sent: object): Difference[] {
  return ENTRIES[kind].members
    .filter((member) => hashOf(Reflect.get(stored, member)) !== hashOf(Reflect.get(sent, member)))
    .map((member) => differenceIn(kind, member, stored));
}

/** Returns a clause that names the members; undefined if there are none. */
export function listOf(differences: readonly Difference[]): string | undefined {
  return differences.length === 0 ? undefined : differences.map(({ member }) => member).join(', ');
}

/** Returns the version of an entry: a hash of each member, so that a later version tells which members differ. */
export function versionOf(kind: EntryKind, entry: object): string {
  return ENTRIES[kind].members.map((name) => hashOf(Reflect.get(entry, name))).join('.');
}

/**
 * Compares an entry with the state in which a change expects it. Pure.
 * @param entry as it is now; undefined if it does not exist
 * @param sent the whole entry that the change writes, if it does
 * @returns undefined if the change may go on
 */
export function conditionFault(
  expects: ExpectedState | undefined,
  entryName: EntryName,
  entry: object | undefined,
  sent?: object,
): ConditionFault | undefined {
  const { kind } = entryName;
  const { idMember, members } = ENTRIES[kind];
  const name = titleOf(entryName);
  if (expects === undefined) return undefined;
  if (kind === 'employee' && isErasedEntry(entry)) {
    const fault = { reason: whyErased(entryName.id), differences: [] };
    return expects === 'absent'
      ? { code: 'already-exists', field: idMember, ...fault }
      : { code: 'changed-meanwhile', ...fault };
  }
  if (expects === 'absent') {
    if (entry === undefined) return undefined;
    const differences = sent === undefined ? [] : differencesFrom(kind, entry, sent);
    const list = listOf(differences);
    const differs = list === undefined ? '' : ` It differs from yours in: ${list}.`;
    const reason = `The ${name} already exists.${differs} Choose another id, or change the existing one.`;
    return { code: 'already-exists', field: idMember, reason, differences };
  }
  if (entry === undefined) {
    return { code: 'changed-meanwhile', reason: `There is no ${name}: it may have been removed.`, differences: [] };
  }
  if (expects === 'present') return undefined;
  const now = versionOf(kind, entry);
  if (now === expects) return undefined;
  const [old, current] = [expects.split('.'), now.split('.')];
  const changed = members.filter((_, i) => old[i] !== current[i]);
  const list = changed.map((member) => stateOf(kind, member, Reflect.get(entry, member))).join('; ');
  const reason = list === '' ? `The ETag is not of the ${name}.` : `The ${name} changed after you read it: ${list}.`;
  return { code: 'changed-meanwhile', reason, differences: changed.map((member) => differenceIn(kind, member, entry)) };
}

function differenceIn(kind: EntryKind, member: string, entry: object): Difference {
  const now: unknown = Reflect.get(entry, member);
  return now === undefined || isPersonal(kind, member) ? { member } : { member, now };
}

/** Returns the members of an entry that a change replaces. Values of personal members are left out. Pure. */
export function replacedMembers(kind: EntryKind, before: object, after: object): ReplacedMember[] {
  return ENTRIES[kind].members.flatMap((member): ReplacedMember[] => {
    const [was, is]: unknown[] = [Reflect.get(before, member), Reflect.get(after, member)];
    if (hashOf(was) === hashOf(is)) return [];
    if (isPersonal(kind, member)) return [{ member }];
    return [{ member, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) }];
  });
}

function isErasedEntry(entry: object | undefined): boolean {
  return entry !== undefined && Reflect.get(entry, 'name') === ERASED_NAME && Reflect.get(entry, 'active') === false;
}

function stateOf(kind: EntryKind, member: string, value: unknown): string {
  if (isPersonal(kind, member)) return `${member} is different`;
  if (value === undefined) return `${member} is gone`;
  const text = JSON.stringify(value);
  return `${member} is now ${text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text}`;
}

function hashOf(value: unknown): string {
  const text = value === undefined ? '' : JSON.stringify(value, withSortedMembers);
  return createHash('sha256').update(text).digest('base64url').slice(0, HASH_CHARACTERS);
}

/** The table returns the members of an object in any order. */
function withSortedMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function entries(noun: string, idMember: string, properties: object) {
  return { noun, idMember, members: Object.keys(properties).filter((name) => name !== idMember) };
}
