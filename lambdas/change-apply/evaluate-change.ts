import type { Change } from '@swipegate/contract';
import { changeCard, linkCard } from './card-rules.js';
import { eraseEmployee, setEmployee } from './employee-rules.js';
import type { ChangeFacts } from './facts.js';
import { issueReaderKey, revokeReaderKey } from './reader-key-rules.js';
import type { Settlement } from './settlement.js';
import {
  removeAccessLevel,
  removeReader,
  removeSchedule,
  setAccessLevel,
  setReader,
  setSchedule,
} from './site-rules.js';

/** Settles a change by the stored facts. Pure: the same facts give the same settlement. */
export function settle({ content, ...asked }: Change, facts: ChangeFacts): Settlement {
  switch (content.type) {
    case 'link-card':
      return linkCard(content, facts, asked);
    case 'change-card':
      return changeCard(content, facts, asked);
    case 'set-employee':
      return setEmployee(content, facts, asked);
    case 'erase-employee':
      return eraseEmployee(content, facts, asked);
    case 'set-access-level':
      return setAccessLevel(content, facts, asked);
    case 'remove-access-level':
      return removeAccessLevel(content, facts, asked);
    case 'set-schedule':
      return setSchedule(content, facts, asked);
    case 'remove-schedule':
      return removeSchedule(content, facts, asked);
    case 'set-reader':
      return setReader(content, facts, asked);
    case 'remove-reader':
      return removeReader(content, facts, asked);
    case 'issue-reader-key':
      return issueReaderKey(content, facts, asked);
    case 'revoke-reader-key':
      return revokeReaderKey(content, facts, asked);
  }
}
