import { CardAction, CardStatus } from '@swipegate/contract';
import { CARD_TRANSITIONS } from '@swipegate/contract/back-office/card-transitions';
import t from 'tap';
import { CARD_ACTIONS } from '../card-actions.js';

t.test('every action is offered in the states that the rules allow', async (t) => {
  t.same(CARD_ACTIONS.map(({ action }) => action).sort(), [...CardAction.enum].sort());
  for (const { action, from, isFinal } of CARD_ACTIONS) {
    if (action === 'unlink') {
      t.same([...from].sort(), [...CardStatus.enum].sort(), 'a card in any state can be unlinked');
      continue;
    }
    const rule = CARD_TRANSITIONS[action];
    t.same([...from].sort(), [...rule.from].sort(), action);
    t.equal(
      isFinal,
      !CARD_TRANSITIONS.reactivate.from.includes(rule.to) && action !== 'reactivate',
      `${action} is final`,
    );
  }
});
