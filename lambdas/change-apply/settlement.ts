import type { Change, RejectionCode } from '@swipegate/contract';
import type { Effect } from './effect.js';

/** What becomes of a change. */
export type Settlement =
  | { outcome: 'applied'; effects: Effect[] }
  | { outcome: 'rejected'; code: RejectionCode; reason: string };

export function applied(...effects: Effect[]): Settlement {
  return { outcome: 'applied', effects };
}

/** @param reason a sentence for whoever asked for it */
export function rejected(code: RejectionCode, reason: string): Settlement {
  return { outcome: 'rejected', code, reason };
}

/** What a rule needs of the change besides its content. */
export type Asked = Pick<Change, 'changeId' | 'tenantId' | 'requestedAt'>;
