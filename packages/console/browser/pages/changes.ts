import type { ChangeContent, ChangeState, ChangeStatus, ReplacedMember } from '@swipegate/contract';
import { badge, type Child, element, link, timeElement, wrapped } from '../widgets/element.js';
import { searchInput } from '../widgets/fields.js';
import { type ListPage, PagedList, Table } from '../widgets/table.js';
import { hashOf, type Page, rememberQuery } from './page.js';

const TONES: Readonly<Record<ChangeState, 'good' | 'warn' | 'bad' | 'none'>> = {
  accepted: 'none',
  stored: 'none',
  applied: 'good',
  rejected: 'bad',
};

/** The latest changes of the tenant or of one card. */
export const changesPage: Page = async (context) => {
  const card = searchInput(context.query.get('cardId'));
  const list = new PagedList<ChangeStatus>({
    context,
    table: changesTable('Changes, newest first', { withLinks: true }),
    noun: 'changes',
    load: (cursor, signal) => {
      const query = { cardId: card.value.trim() || undefined, limit: 50, cursor };
      return context.api.get<ListPage<ChangeStatus>>('/v1/changes', { query, signal });
    },
  });
  const filter = (event: Event) => {
    event.preventDefault();
    rememberQuery({ cardId: card.value.trim() });
    void list.reload();
  };
  await list.begin();
  return {
    title: 'Changes',
    content: [
      element(
        'form',
        { class: 'bar', onsubmit: filter },
        element('div', {}, element('label', { for: card.id }, 'Filter by card id'), card),
        element('button', {}, 'Show'),
      ),
      list.element,
    ],
  };
};

/** Table of changes and their progress. @param withLinks whether employee ids link to the employee's page */
export function changesTable(caption: string, { withLinks }: { withLinks: boolean }): Table<ChangeStatus> {
  return new Table<ChangeStatus>(
    caption,
    [
      { title: 'When', cell: ({ requestedAt }) => timeElement(requestedAt) },
      { title: 'What', cell: ({ content }) => wordsOf(content, withLinks) },
      { title: 'Replaced', cell: ({ replaced = [] }) => wrapped(replaced.map(wasOf).join('; ')) },
      { title: 'Who', cell: ({ by }) => by.userName },
      { title: 'Why', cell: ({ why }) => wrapped(why) },
      { title: 'State', cell: stateOf },
    ],
    'No changes.',
  );
}

function stateOf({ state, reason }: ChangeStatus): Child {
  return [badge(state, TONES[state]), reason === undefined ? '' : wrapped(` ${reason}`)];
}

function wasOf({ member, was }: ReplacedMember): string {
  return was === undefined ? member : `${member} was ${typeof was === 'string' ? was : JSON.stringify(was)}`;
}

function wordsOf(content: ChangeContent, withLinks: boolean): Child {
  const employee = (employeeId: string): Child =>
    withLinks ? link(employeeId, hashOf('employees', employeeId)) : employeeId;
  switch (content.type) {
    case 'link-card':
      return ['link ', content.cardId, ' to ', employee(content.employeeId)];
    case 'change-card':
      return `${content.action} ${content.cardId}`;
    case 'trace-card':
      return `${content.isTraced ? 'trace' : 'end the trace of'} ${content.cardId}`;
    case 'mark-outside':
      return ['mark as outside ', content.employeeId === undefined ? content.cardId : employee(content.employeeId)];
    case 'set-employee': {
      const { employeeId, name, active } = content.employee;
      return ['set ', employee(employeeId), `: ${name}${active ? '' : ', not active'}`];
    }
    case 'patch-employee': {
      const { employeeId, name, active } = content;
      return ['import ', employee(employeeId), `: ${name}${active === false ? ', not active' : ''}`];
    }
    case 'erase-employee':
      return ['erase ', employee(content.employeeId)];
    case 'permit-zone':
      return ['let ', employee(content.employeeId), ` into zone ${content.zoneId} until `, timeElement(content.until)];
    case 'withdraw-permit':
      return ['withdraw from ', employee(content.employeeId), ` the permit for zone ${content.zoneId}`];
    case 'set-visit':
      return ['plan the visit of ', employee(content.employeeId), `: ${content.name}`];
    case 'check-in-visit':
      return ['check in ', employee(content.employeeId), ' with ', content.cardId];
    case 'check-out-visit':
      return ['check out ', employee(content.employeeId)];
    case 'set-tenant':
      return 'change the settings';
    case 'set-building':
      return `set building ${content.building.buildingId}`;
    case 'remove-building':
      return `remove building ${content.buildingId}`;
    case 'set-zone':
      return `set zone ${content.zone.zoneId}`;
    case 'remove-zone':
      return `remove zone ${content.zoneId}`;
    case 'set-device':
      return `set device ${content.device.deviceId}`;
    case 'remove-device':
      return `remove device ${content.deviceId}`;
    case 'issue-device-key':
      return `issue a key for device ${content.deviceId}`;
    case 'revoke-device-key':
      return `revoke ${content.keyId} of device ${content.deviceId}`;
    case 'command-device': {
      const { command, deviceId, door } = content;
      return `command ${command} to device ${deviceId}${door === undefined ? '' : `, door ${door}`}`;
    }
    case 'start-lockdown':
      return content.level === undefined ? 'lock down' : `set threat level ${content.level}`;
    case 'end-lockdown':
      return content.lockdownId === 'threat-level' ? 'end the threat level' : `end lockdown ${content.lockdownId}`;
    case 'issue-operator-key':
      return `issue the operator’s key ${content.name}`;
    case 'revoke-operator-key':
      return `revoke the operator’s key ${content.keyId}`;
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
      return `issue key for reader ${content.readerId}`;
    case 'revoke-reader-key':
      return `revoke ${content.keyId} of reader ${content.readerId}`;
  }
}
