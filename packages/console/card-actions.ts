import type { CardAction, CardStatus } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';

/** An action on a card that the console offers as a button. */
export interface CardActionOffer {
  action: CardAction;
  /** Button label. */
  label: string;
  /** Consequence, shown in the dialog that asks for the reason. */
  effect: string;
  needs: Action;
  /** Card states in which the button is shown. The rules decide when the change is applied. */
  from: readonly CardStatus[];
  /** Cannot be undone. */
  isFinal: boolean;
}

/**
 * Card actions in button order. The states repeat CARD_TRANSITIONS of lambdas/stores, whose import would bring
 * server dependencies into the browser bundle. A test keeps the two equal.
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
    effect: 'The card opens no doors until someone reactivates it.',
    needs: 'cards.block',
    from: ['issued', 'active'],
    isFinal: false,
  },
  {
    action: 'lost',
    label: 'Report lost',
    effect: 'The card opens no doors. It can be reactivated if it is found.',
    needs: 'cards.block',
    from: ['issued', 'active', 'suspended', 'expired'],
    isFinal: false,
  },
  {
    action: 'stolen',
    label: 'Report stolen',
    effect: 'The card never opens doors again. This cannot be undone.',
    needs: 'cards.block',
    from: ['issued', 'active', 'suspended', 'expired', 'lost'],
    isFinal: true,
  },
  {
    action: 'destroyed',
    label: 'Report destroyed',
    effect: 'The card never opens doors again. This cannot be undone.',
    needs: 'cards.block',
    from: ['issued', 'active', 'suspended', 'expired', 'lost', 'stolen', 'revoked'],
    isFinal: true,
  },
  {
    action: 'expire',
    label: 'Expire',
    effect: 'The card opens no doors until someone reactivates it.',
    needs: 'cards.block',
    from: ['issued', 'active', 'suspended'],
    isFinal: false,
  },
  {
    action: 'unlink',
    label: 'Unlink',
    effect: 'The card is taken from its holder. Unless it is blocked, it can be issued to someone else.',
    needs: 'cards.unlink',
    from: ['issued', 'active', 'suspended', 'lost', 'stolen', 'destroyed', 'expired', 'revoked'],
    isFinal: false,
  },
];
