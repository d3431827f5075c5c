import type { ChangeContent, ChangeState, ChangeStatus } from '@swipegate/contract';
import { badge, type Child, element, link } from './element.js';
import { hashOf } from './router.js';
import { Table } from './table.js';
import { timeElement } from './times.js';

const TONES: Readonly<Record<ChangeState, 'good' | 'warn' | 'bad' | 'none'>> = {
  accepted: 'none',
  stored: 'none',
  applied: 'good',
  rejected: 'bad',
};

/** Changes: what, who, when, why, and how far each has come. @param withWhom whether links lead to whom each is about */
export function changesTable(caption: string, { withWhom }: { withWhom: boolean }): Table<ChangeStatus> {
  return new Table<ChangeStatus>(
    caption,
    [
      { title: 'When', cell: ({ requestedAt }) => timeElement(requestedAt) },
      { title: 'What', cell: ({ content }) => wordsOf(content, withWhom) },
      { title: 'Who', cell: ({ by }) => by.userName },
      { title: 'Why', cell: ({ why }) => element('span', { class: 'wrap' }, why) },
      { title: 'State', cell: stateOf },
    ],
    'There are none.',
  );
}

function stateOf({ state, reason }: ChangeStatus): Child {
  return [badge(state, TONES[state]), reason === undefined ? '' : element('span', { class: 'wrap' }, ` ${reason}`)];
}

/** What a change does, in words. */
function wordsOf(content: ChangeContent, withWhom: boolean): Child {
  const who = (employeeId: string): Child =>
    withWhom ? link(employeeId, hashOf('employees', employeeId)) : employeeId;
  switch (content.type) {
    case 'link-card':
      return ['link ', content.cardId, ' to ', who(content.employeeId)];
    case 'change-card':
      return `${content.action} ${content.cardId}`;
    case 'set-employee': {
      const { employeeId, name, active } = content.employee;
      return ['set ', who(employeeId), `: ${name}${active ? '' : ', not active'}`];
    }
    case 'erase-employee':
      return ['erase ', who(content.employeeId)];
    case 'set-access-level':
      return `set access level ${content.accessLevel.accessLevelId}`;
    case 'remove-access-level':
      return `remove access level ${content.accessLevelId}`;
    case 'set-schedule':
      return `set schedule ${content.schedule.scheduleId}`;
    case 'remove-schedule':
      return `remove schedule ${content.scheduleId}`;
    case 'set-reader':
      return `set reader ${content.reader.readerId}`;
    case 'remove-reader':
      return `remove reader ${content.readerId}`;
    case 'issue-reader-key':
      return `issue a key to ${content.readerId}`;
    case 'revoke-reader-key':
      return `revoke ${content.keyId} of ${content.readerId}`;
  }
}
