import type { Change, RejectionCode } from '@swipegate/contract';
import type { Effect } from './effects.js';

/** Result of a change. */
export type Settlement =
  | { outcome: 'applied'; effects: Effect[] }
  | { outcome: 'rejected'; code: RejectionCode; reason: string };

export function applied(...effects: Effect[]): Settlement {
  return { outcome: 'applied', effects };
}

/** @param reason a sentence for the person who requested the change */
export function rejected(code: RejectionCode, reason: string): Settlement {
  return { outcome: 'rejected', code, reason };
}

/** Members of a change that rules need besides its content. */
export type Asked = Pick<Change, 'changeId' | 'tenantId' | 'requestedAt'>;
