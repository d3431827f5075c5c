import { Card } from '../tables/site.js';
import { compile, rowParser } from '../values/validation.js';
import { CARD_TRANSITIONS } from './card-transitions.js';
import { CardAction } from './change.js';

type Row = Readonly<Record<string, unknown>>;

/**
 * Attribute of the rows of cards and employees: a set of accepted blocks. Their turn among the tenant's changes has not
 * come yet. Readers see the row under its holds. See docs/decisions/0016-a-block-is-in-force-at-once.md.
 */
export const HOLDS = 'holds';

const isAction = compile(CardAction);

/** Returns the card in a table row; undefined if the row is not one of a card. */
export const cardOf = rowParser(Card);

/** The holds on a row, in a fixed order. */
export function holdsOf(row: Row | undefined): { hold: string; action: string; changeId: string }[] {
  const holds = row?.[HOLDS];
  if (!(holds instanceof Set)) return [];
  return Array.from(holds, String)
    .sort()
    .map((hold) => {
      const [action = '', changeId = ''] = hold.split(' ');
      return { hold, action, changeId };
    });
}

/** Whether a row has only holds: a block was requested for an unknown id. @param id attribute of every other row */
export function isOnlyHeld(row: Row, id: string): boolean {
  return row[id] === undefined && row[HOLDS] !== undefined;
}

/** The card that readers of a row see: its holds, in any order, leave it blocked. */
export function heldCard(card: Card, row: Row): Card {
  if (row[HOLDS] === undefined) return card;
  return holdsOf(row).reduce((held, { action }) => blockedCard(held, action), card);
}

/** The cardholder that readers of a row see. */
export function heldEmployee<Employee extends { active: boolean }>(employee: Employee, row: Row): Employee {
  return row[HOLDS] === undefined || holdsOf(row).length === 0 ? employee : { ...employee, active: false };
}

/** The card after an action; unchanged if its state does not allow the action, as it then opens no door anyway. */
export function blockedCard(card: Card, action: string): Card {
  if (!isAction(action)) return card;
  if (action === 'unlink') {
    const { employeeId: _, ...unlinked } = card;
    return { ...unlinked, status: card.status === 'active' ? 'issued' : card.status };
  }
  const { from, to } = CARD_TRANSITIONS[action];
  return from.includes(card.status) ? { ...card, status: to } : card;
}
