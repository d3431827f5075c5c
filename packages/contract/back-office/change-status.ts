import Type from 'typebox';
import { Timestamp } from '../values/identifiers.js';
import { pageFields } from '../wire/page.js';
import { Change, ChangeId } from './change.js';

/** Why a change was rejected, by code. */
export const REJECTIONS = {
  'card-unknown': 'The card does not exist',
  'card-already-linked': 'The card is already linked to an employee',
  'card-not-linked': 'The card is not linked to an employee',
  'card-state': 'The state of the card does not allow this',
  'employee-unknown': 'The employee does not exist',
  'employee-inactive': 'The employee is not active',
  'employee-has-card': 'The employee still has a card that opens doors',
  'building-unknown': 'The building does not exist',
  'zone-unknown': 'The building has no such zone',
  'access-level-unknown': 'The access level does not exist',
  'schedule-unknown': 'The schedule does not exist',
  'reader-unknown': 'The reader does not exist',
  'key-unknown': 'The reader has no such key',
  'in-use': 'Other entries refer to it',
  unreadable: 'A row that it depends on cannot be read',
} as const;
export type RejectionCode = keyof typeof REJECTIONS;

export const ChangeState = Type.Enum(['accepted', 'stored', 'applied', 'rejected'], {
  description: 'accepted: queued; stored: in the event store; applied or rejected: final',
});
export type ChangeState = Type.Static<typeof ChangeState>;

/** Progress of a change. */
export const ChangeStatus = Type.Object(
  {
    ...Change.properties,
    changeId: ChangeId,
    state: ChangeState,
    acceptedAt: Type.Optional(Timestamp),
    storedAt: Type.Optional(Timestamp),
    settledAt: Type.Optional(Timestamp),
    code: Type.Optional(Type.String({ description: 'Code of the reason why it was rejected' })),
    reason: Type.Optional(Type.String({ description: 'Why it was rejected, in words' })),
  },
  { $id: 'ChangeStatus', description: 'A change and its progress' },
);
export type ChangeStatus = Type.Static<typeof ChangeStatus>;

export const ChangeStatusPage = Type.Object(
  { items: Type.Array(Type.Ref('ChangeStatus#')), ...pageFields },
  { $id: 'ChangeStatusPage', description: 'Changes, newest first' },
);
