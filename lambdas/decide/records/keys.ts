import { type Card, type Decision, type SwipeRecord, tenantKey } from '@swipegate/contract';

export function cardKeyOf({ tenantId, cardId }: Pick<SwipeRecord, 'tenantId' | 'cardId'>): string {
  return tenantKey(tenantId, cardId);
}

/** Returns the key of a card's holder; undefined if the card is not linked. The card's swipes supply the tenant. */
export function employeeKeyOf(
  { employeeId }: Card,
  [first]: readonly { swipe: Pick<SwipeRecord, 'tenantId'> }[],
): string | undefined {
  return employeeId === undefined || first === undefined ? undefined : tenantKey(first.swipe.tenantId, employeeId);
}

/** Includes the card: the same swipeId with two cards means two swipes. */
export function swipeKeyOf({ tenantId, swipeId, cardId }: SwipeRecord | Decision): string {
  return `${tenantKey(tenantId, swipeId)}/${cardId}`;
}
