import { compile, explain, Swipe, swipePartitionKey } from '../contract/index.js';
import { type ItemKind, Rejection } from './intake.js';
import { aheadOfClock, notAllowed } from './item-checks.js';

const isSwipe = compile(Swipe);

/** Swipes as items of a body. `maxClockAheadMs`: how far a reader's clock may run ahead of ours. */
export function swipeItems(maxClockAheadMs: number): ItemKind<Swipe> {
  return {
    read(value, principal, receivedAtMs) {
      if (!isSwipe(value)) {
        const { field, reason } = explain(isSwipe.errors);
        return new Rejection('invalid-item', field, reason);
      }
      return (
        notAllowed(value.readerId, principal) ??
        aheadOfClock('readAt', value.readAt, receivedAtMs, maxClockAheadMs) ??
        value
      );
    },
    idMember: 'swipeId',
    id: ({ swipeId }) => swipeId,
    partitionKey: (swipe, principal) => swipePartitionKey(principal.tenantId, swipe.cardId),
    record(swipe, principal, _receivedAt, receivedAtMs) {
      // A SwipeMessage. JSON.stringify would look for what must be escaped; the patterns of these members allow none of it.
      let json = `{"tenantId":"${principal.tenantId}","swipeId":"${swipe.swipeId}","readerId":"${swipe.readerId}","cardId":"${swipe.cardId}","readAt":"${swipe.readAt}"`;
      if (swipe.direction !== undefined) json += `,"direction":"${swipe.direction}"`;
      if (swipe.duress !== undefined) json += `,"duress":${swipe.duress}`;
      if (swipe.offlineOutcome !== undefined) json += `,"offlineOutcome":"${swipe.offlineOutcome}"`;
      return `${json},"receivedAt":${receivedAtMs}}`;
    },
  };
}
