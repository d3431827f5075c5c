import type { Change } from '@swipegate/contract';
import { changeCard, eraseEmployee, linkCard, setEmployee } from './cardholder-rules.js';
import type { ChangeResult } from './effects.js';
import type { ChangeFacts } from './facts.js';
import {
  issueReaderKey,
  removeAccessLevel,
  removeReader,
  removeSchedule,
  revokeReaderKey,
  setAccessLevel,
  setReader,
  setSchedule,
} from './site-rules.js';

/** Applies or rejects a change by the stored facts. Pure: the same facts give the same result. */
export function evaluateChange({ content, ...context }: Change, facts: ChangeFacts): ChangeResult {
  switch (content.type) {
    case 'link-card':
      return linkCard(content, facts, context);
    case 'change-card':
      return changeCard(content, facts, context);
    case 'set-employee':
      return setEmployee(content, facts, context);
    case 'erase-employee':
      return eraseEmployee(content, facts, context);
    case 'set-access-level':
      return setAccessLevel(content, facts, context);
    case 'remove-access-level':
      return removeAccessLevel(content, facts, context);
    case 'set-schedule':
      return setSchedule(content, facts, context);
    case 'remove-schedule':
      return removeSchedule(content, facts, context);
    case 'set-reader':
      return setReader(content, facts, context);
    case 'remove-reader':
      return removeReader(content, facts, context);
    case 'issue-reader-key':
      return issueReaderKey(content, facts, context);
    case 'revoke-reader-key':
      return revokeReaderKey(content, facts, context);
  }
}
