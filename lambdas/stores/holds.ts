import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf, type Row } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';
import { type Card, CardAction, type CardStatus, type Change, compile, tenantKey } from '@swipegate/contract';

/**
 * Attribute of the rows of cards and employees: a set of the blocks that are accepted, but whose turn among the tenant's
 * changes has not come. Readers see the row under its holds. See docs/decisions/0016-a-block-is-in-force-at-once.md.
 */
export const HOLDS = 'holds';

/** A block on a row, from its acceptance until its turn. */
export interface Hold {
  table: 'cards' | 'employees';
  key: Readonly<Record<string, string>>;
  /** Member of the set: `ACTION changeId`. */
  hold: string;
}

const DEACTIVATE = 'deactivate';

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

const isAction = compile(CardAction);

/** Returns the hold of a change that blocks a card or a cardholder; undefined for any other change. */
export function holdOf({ changeId, tenantId, content }: Change): Hold | undefined {
  switch (content.type) {
    case 'change-card':
      return content.action === 'reactivate'
        ? undefined
        : {
            table: 'cards',
            key: { cardKey: tenantKey(tenantId, content.cardId) },
            hold: `${content.action} ${changeId}`,
          };
    case 'set-employee':
      return content.employee.active ? undefined : deactivation(tenantId, content.employee.employeeId, changeId);
    case 'erase-employee':
      return deactivation(tenantId, content.employeeId, changeId);
    default:
      return undefined;
  }
}

function deactivation(tenantId: string, employeeId: string, changeId: string): Hold {
  return {
    table: 'employees',
    key: { employeeKey: tenantKey(tenantId, employeeId) },
    hold: `${DEACTIVATE} ${changeId}`,
  };
}

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

/** Whether a row has only holds: somebody blocked a thing that is unknown. @param id attribute of every other row */
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
export function blockedCard({ employeeId, ...card }: Card, action: string): Card {
  const held = employeeId === undefined ? {} : { employeeId };
  if (!isAction(action)) return { ...card, ...held };
  if (action === 'unlink') return { ...card, status: card.status === 'active' ? 'issued' : card.status };
  const { from, to } = CARD_TRANSITIONS[action];
  return { ...card, ...held, status: from.includes(card.status) ? to : card.status };
}

/** Adds a hold to its row, and creates the row if needed. @throws what the SDK throws */
export async function addHold(dynamodb: DynamoDBClient, tableName: string, { key, hold }: Hold): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: itemOf(key),
      UpdateExpression: 'ADD #holds :holds',
      ExpressionAttributeNames: { '#holds': HOLDS },
      ExpressionAttributeValues: { ':holds': { SS: [hold] } },
    }),
  );
}

/** Removes a hold, if it is there. @throws what the SDK throws */
export async function removeHold(
  dynamodb: DynamoDBClient,
  tableName: string,
  { key, hold }: Pick<Hold, 'key' | 'hold'>,
): Promise<void> {
  await isWritten(
    dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: itemOf(key),
        UpdateExpression: 'DELETE #holds :holds',
        // Otherwise DynamoDB would create the row.
        ConditionExpression: 'attribute_exists(#holds)',
        ExpressionAttributeNames: { '#holds': HOLDS },
        ExpressionAttributeValues: { ':holds': { SS: [hold] } },
      }),
    ),
  );
}

/** The card's members of a table row, without those of the table. */
export function cardOf({ cardId, status, employeeId, validFrom, validUntil }: Card): Card {
  return {
    cardId,
    status,
    ...(employeeId === undefined ? {} : { employeeId }),
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}
