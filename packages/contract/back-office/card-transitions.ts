import type { CardStatus } from '../tables/site.js';
import type { CardAction } from './change.js';

/** Allowed status transitions, by action. `stolen`, `destroyed` and `revoked` cards cannot be reactivated. */
export const CARD_TRANSITIONS: Readonly<
  Record<Exclude<CardAction, 'unlink'>, { from: readonly CardStatus[]; to: CardStatus }>
> = {
  suspend: { from: ['issued', 'active'], to: 'suspended' },
  lost: { from: ['issued', 'active', 'suspended', 'expired'], to: 'lost' },
  stolen: { from: ['issued', 'active', 'suspended', 'expired', 'lost'], to: 'stolen' },
  destroyed: { from: ['issued', 'active', 'suspended', 'expired', 'lost', 'stolen', 'revoked'], to: 'destroyed' },
  reactivate: { from: ['issued', 'suspended', 'lost', 'expired'], to: 'active' },
  expire: { from: ['issued', 'active', 'suspended'], to: 'expired' },
};
