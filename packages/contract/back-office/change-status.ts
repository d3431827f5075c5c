import Type from 'typebox';
import { Timestamp } from '../values/identifiers.js';
import { pageFields } from '../wire/page.js';
import { Change, ChangeId } from './change.js';

/** Why a change was not applied. */
export const REJECTIONS = {
  'card-unknown': 'There is no such card',
  'card-already-linked': 'The card is somebody’s already',
  'card-not-linked': 'The card is nobody’s',
  'card-state': 'The card is in a state that this cannot be done in',
  'employee-unknown': 'There is no such employee',
  'employee-inactive': 'The employee is not active',
  'employee-has-card': 'The employee has a card that opens doors',
  'building-unknown': 'There is no such building',
  'zone-unknown': 'There is no such zone in this building',
  'access-level-unknown': 'There is no such access level',
  'schedule-unknown': 'There is no such schedule',
  'reader-unknown': 'There is no such reader',
  'key-unknown': 'The reader has no such key',
  'in-use': 'Others depend on it',
  unreadable: 'What it depends on cannot be read',
} as const;
export type RejectionCode = keyof typeof REJECTIONS;

export const ChangeState = Type.Enum(['accepted', 'stored', 'applied', 'rejected'], {
  description: 'accepted: on its way; stored: in the event store; applied or rejected: the end',
});
export type ChangeState = Type.Static<typeof ChangeState>;

/** How far a change has come. */
export const ChangeStatus = Type.Object(
  {
    ...Change.properties,
    changeId: ChangeId,
    state: ChangeState,
    acceptedAt: Type.Optional(Timestamp),
    storedAt: Type.Optional(Timestamp),
    settledAt: Type.Optional(Timestamp),
    code: Type.Optional(Type.String({ description: 'Why it was rejected: a code' })),
    reason: Type.Optional(Type.String({ description: 'Why it was rejected, in words' })),
  },
  { $id: 'ChangeStatus', description: 'A change, and how far it has come' },
);
export type ChangeStatus = Type.Static<typeof ChangeStatus>;

export const ChangeStatusPage = Type.Object(
  { items: Type.Array(Type.Ref('ChangeStatus#')), ...pageFields },
  { $id: 'ChangeStatusPage', description: 'Changes, newest first' },
);
