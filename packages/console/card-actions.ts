import type { CardAction, CardStatus } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';

/** What the console offers for a card. */
export interface CardActionOffer {
  action: CardAction;
  /** As a button says it. */
  label: string;
  /** What becomes of it, for who is asked for a reason. */
  effect: string;
  needs: Action;
  /** States of cards that it is offered for; whether it can be done is said when it is applied. */
  from: readonly CardStatus[];
  /** Cannot be taken back. */
  isFinal: boolean;
}

/**
 * In the order of their buttons. The states are those of CARD_TRANSITIONS of lambdas/change-apply, which a browser cannot have
 * without the rules' own dependencies: a test holds one against the other.
 */
export const CARD_ACTIONS: readonly CardActionOffer[] = [
  {
    action: 'reactivate',
    label: 'Reactivate',
    effect: 'The card opens doors again.',
    needs: 'cards.reactivate',
    from: ['issued', 'suspended', 'lost', 'expired'],
    isFinal: false,
  },
  {
    action: 'suspend',
    label: 'Suspend',
    effect: 'The card opens no door until somebody reactivates it.',
    needs: 'cards.block',
    from: ['issued', 'active'],
    isFinal: false,
  },
  {
    action: 'lost',
    label: 'Report lost',
    effect: 'The card opens no door. It can be reactivated when it is found.',
    needs: 'cards.block',
    from: ['issued', 'active', 'suspended', 'expired'],
    isFinal: false,
  },
  {
    action: 'stolen',
    label: 'Report stolen',
    effect: 'The card never opens a door again.',
    needs: 'cards.block',
    from: ['issued', 'active', 'suspended', 'expired', 'lost'],
    isFinal: true,
  },
  {
    action: 'destroyed',
    label: 'Report destroyed',
    effect: 'The card never opens a door again.',
    needs: 'cards.block',
    from: ['issued', 'active', 'suspended', 'expired', 'lost', 'stolen', 'revoked'],
    isFinal: true,
  },
  {
    action: 'expire',
    label: 'Expire',
    effect: 'The card opens no door until somebody reactivates it with a new date.',
    needs: 'cards.block',
    from: ['issued', 'active', 'suspended'],
    isFinal: false,
  },
  {
    action: 'unlink',
    label: 'Unlink',
    effect: 'The card is taken from its holder, and can be given to somebody else.',
    needs: 'cards.unlink',
    from: ['issued', 'active', 'suspended', 'lost', 'stolen', 'destroyed', 'expired', 'revoked'],
    isFinal: false,
  },
];
