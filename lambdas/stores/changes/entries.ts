import { createHash } from 'node:crypto';
import {
  AccessLevel,
  Card,
  type ChangeContent,
  Employee,
  type ExpectedState,
  Reader,
  type RejectionCode,
  type ReplacedMember,
  Schedule,
} from '@swipegate/contract';

/** Kinds of entries that changes write: what the version of each covers. All members but the id, in this order. */
const ENTRIES = {
  card: entries('card', 'cardId', Card.properties),
  employee: entries('employee', 'employeeId', Employee.properties),
  'access-levels': entries('access level', 'accessLevelId', AccessLevel.properties),
  schedules: entries('schedule', 'scheduleId', Schedule.properties),
  readers: entries('reader', 'readerId', Reader.properties),
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
  /** A sentence. */
  reason: string;
}

const HASH_CHARACTERS = 8;
const LONGEST_VALUE = 200;
/** Their values stay out of the sentence: it is stored with the change, and an erasure could not find them there. */
const PERSONAL: ReadonlySet<string> = new Set(['name', 'employeeId']);

export function entryOf(content: ChangeContent): EntryName {
  switch (content.type) {
    case 'link-card':
    case 'change-card':
      return { kind: 'card', id: content.cardId };
    case 'mark-outside': {
      const { cardId, employeeId = '' } = content;
      return cardId === undefined ? { kind: 'employee', id: employeeId } : { kind: 'card', id: cardId };
    }
    case 'set-employee':
      return { kind: 'employee', id: content.employee.employeeId };
    case 'patch-employee':
    case 'erase-employee':
      return { kind: 'employee', id: content.employeeId };
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

/** Returns the version of an entry: a hash of each member, so that a later version tells which members differ. */
export function versionOf(kind: EntryKind, entry: object): string {
  return ENTRIES[kind].members.map((name) => hashOf(Reflect.get(entry, name))).join('.');
}

/**
 * Compares an entry with the state in which a change expects it. Pure.
 * @param entry as it is now; undefined if it does not exist
 * @returns undefined if the change may go on
 */
export function conditionFault(
  expects: ExpectedState | undefined,
  { kind, id }: EntryName,
  entry: object | undefined,
): ConditionFault | undefined {
  const { noun, idMember, members } = ENTRIES[kind];
  const name = `${noun} ${id}`;
  if (expects === undefined) return undefined;
  if (expects === 'absent') {
    if (entry === undefined) return undefined;
    const reason = `The ${name} already exists. Choose another id, or change the existing one.`;
    return { code: 'already-exists', field: idMember, reason };
  }
  if (entry === undefined)
    return { code: 'changed-meanwhile', reason: `There is no ${name}: it may have been removed.` };
  if (expects === 'present') return undefined;
  const now = versionOf(kind, entry);
  if (now === expects) return undefined;
  const [old, current] = [expects.split('.'), now.split('.')];
  const changed = members.filter((_, i) => old[i] !== current[i]);
  const list = changed.map((member) => stateOf(member, Reflect.get(entry, member))).join('; ');
  const reason =
    list === '' ? `The ETag does not belong to the ${name}.` : `The ${name} changed after you read it: ${list}.`;
  return { code: 'changed-meanwhile', reason };
}

/** Returns the members of an entry that a change replaces. Values of {@link PERSONAL} members are left out. Pure. */
export function replacedMembers(kind: EntryKind, before: object, after: object): ReplacedMember[] {
  return ENTRIES[kind].members.flatMap((member): ReplacedMember[] => {
    const [was, is]: unknown[] = [Reflect.get(before, member), Reflect.get(after, member)];
    if (hashOf(was) === hashOf(is)) return [];
    if (PERSONAL.has(member)) return [{ member }];
    return [{ member, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) }];
  });
}

function stateOf(member: string, value: unknown): string {
  if (PERSONAL.has(member)) return `${member} is different`;
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
