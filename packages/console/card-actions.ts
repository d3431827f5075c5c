import type { CardAction, CardStatus } from '@swipegate/contract';
import { CARD_TRANSITIONS } from '@swipegate/contract/back-office/card-transitions';
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

/** Card actions in button order. */
export const CARD_ACTIONS: readonly CardActionOffer[] = [
  {
    action: 'reactivate',
    label: 'Reactivate',
    effect: 'The card opens doors again.',
    needs: 'cards.reactivate',
    from: CARD_TRANSITIONS.reactivate.from,
    isFinal: false,
  },
  {
    action: 'suspend',
    label: 'Suspend',
    effect: 'The card opens no doors until someone reactivates it.',
    needs: 'cards.block',
    from: CARD_TRANSITIONS.suspend.from,
    isFinal: false,
  },
  {
    action: 'lost',
    label: 'Report lost',
    effect: 'The card opens no doors. It can be reactivated if it is found.',
    needs: 'cards.block',
    from: CARD_TRANSITIONS.lost.from,
    isFinal: false,
  },
  {
    action: 'stolen',
    label: 'Report stolen',
    effect: 'The card never opens doors again. This cannot be undone.',
    needs: 'cards.block',
    from: CARD_TRANSITIONS.stolen.from,
    isFinal: true,
  },
  {
    action: 'destroyed',
    label: 'Report destroyed',
    effect: 'The card never opens doors again. This cannot be undone.',
    needs: 'cards.block',
    from: CARD_TRANSITIONS.destroyed.from,
    isFinal: true,
  },
  {
    action: 'expire',
    label: 'Expire',
    effect: 'The card opens no doors until someone reactivates it.',
    needs: 'cards.block',
    from: CARD_TRANSITIONS.expire.from,
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
