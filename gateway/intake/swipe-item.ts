import { compile, explain, Swipe, swipePartitionKey } from '@swipegate/contract';
import { type ItemKind, type RecordEncoder, Rejection } from './intake.js';
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
    encoder: ({ tenantId }, { ms }) => swipeEncoder(tenantId, ms),
  };
}

/** What a swipe's own members stand between in its SwipeMessage. */
export function swipeEnvelope(tenantId: string, receivedAtMs: number): { head: string; tail: string } {
  return { head: `{"tenantId":"${tenantId}",`, tail: `,"receivedAt":${receivedAtMs}}` };
}

/**
 * Writes SwipeMessages. JSON.stringify would look for what must be escaped; the patterns of these members allow none of it.
 * The readers of one body are mostly one.
 */
function swipeEncoder(tenantId: string, receivedAtMs: number): RecordEncoder<Swipe> {
  const keyPrefix = swipePartitionKey(tenantId, '');
  const { head, tail } = swipeEnvelope(tenantId, receivedAtMs);
  let ofReader = '';
  let middle = '';
  return {
    partitionKey: ({ cardId }) => keyPrefix + cardId,
    record(swipe) {
      if (swipe.readerId !== ofReader) {
        ofReader = swipe.readerId;
        middle = `","readerId":"${ofReader}","cardId":"`;
      }
      return `${head}"swipeId":"${swipe.swipeId}${middle}${swipe.cardId}","readAt":"${swipe.readAt}"${rest(swipe)}${tail}`;
    },
  };
}

/** Members that most swipes do not have. */
function rest({ direction, duress, offlineOutcome }: Swipe): string {
  let json = '';
  if (direction !== undefined) json += `,"direction":"${direction}"`;
  if (duress !== undefined) json += `,"duress":${duress}`;
  if (offlineOutcome !== undefined) json += `,"offlineOutcome":"${offlineOutcome}"`;
  return json;
}
