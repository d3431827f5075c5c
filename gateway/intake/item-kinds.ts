import { compile, explain, Swipe, swipePartitionKey } from '@swipegate/contract';
import { type ItemKind, type RecordEncoder, Rejection } from './intake.js';
import { aheadOfClock, notAllowed } from './item-checks.js';

const isSwipe = compile(Swipe);

/** Swipes as items of a body. @param maxClockAheadMs how far a reader's clock may run ahead of the gateway's, ms */
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

/** Returns the JSON of a SwipeMessage before and after the swipe's own members. */
export function swipeEnvelope(tenantId: string, receivedAtMs: number): { head: string; tail: string } {
  return { head: `{"tenantId":"${tenantId}",`, tail: `,"receivedAt":${receivedAtMs}}` };
}

/**
 * Writes SwipeMessages by hand: JSON.stringify would search for characters to escape, which the members' patterns
 * exclude. Caches the part with the readerId, as most bodies have one reader.
 */
function swipeEncoder(tenantId: string, receivedAtMs: number): RecordEncoder<Swipe> {
  const keyPrefix = swipePartitionKey(tenantId, '');
  const { head, tail } = swipeEnvelope(tenantId, receivedAtMs);
  let lastReader = '';
  let middle = '';
  return {
    partitionKey: ({ cardId }) => keyPrefix + cardId,
    record(swipe) {
      if (swipe.readerId !== lastReader) {
        lastReader = swipe.readerId;
        middle = `","readerId":"${lastReader}","cardId":"`;
      }
      return `${head}"swipeId":"${swipe.swipeId}${middle}${swipe.cardId}","readAt":"${swipe.readAt}"${rest(swipe)}${tail}`;
    },
  };
}

/** Writes the optional members, which most swipes do not have. */
function rest({ direction, duress, offlineOutcome }: Swipe): string {
  let json = '';
  if (direction !== undefined) json += `,"direction":"${direction}"`;
  if (duress !== undefined) json += `,"duress":${duress}`;
  if (offlineOutcome !== undefined) json += `,"offlineOutcome":"${offlineOutcome}"`;
  return json;
}
