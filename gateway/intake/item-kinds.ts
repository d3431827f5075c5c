import {
  compile,
  DoorEvent,
  type DoorEventRecord,
  doorEventPartitionKey,
  explain,
  PostedSwipe,
  Swipe,
  sentNumber,
  swipePartitionKey,
  type TakenSwipe,
} from '@swipegate/contract';
import { cardIdSent, type NumberFormat } from '@swipegate/contract/cards/card-number';
import type { Principal } from '../auth/api-key-directory.js';
import type { ItemKind, RecordEncoder } from './intake.js';
import { Rejection } from './rejection.js';

const isSwipe = compile(Swipe);
const isPostedSwipe = compile(PostedSwipe);
const isDoorEvent = compile(DoorEvent);

/** Swipes as items of a body. No time is refused: people must get out, whatever the reader's clock shows. */
export const SWIPE_ITEMS: ItemKind<TakenSwipe> = {
  read(value, principal) {
    const format = principal.cardNumbering?.formats.get(readerOf(value));
    return format === undefined ? readSwipe(value, principal) : readNumbered(value, format, principal);
  },
  idMember: 'swipeId',
  id: ({ swipeId }) => swipeId,
  encoder: ({ tenantId }, receivedAtMs) => swipeEncoder(tenantId, receivedAtMs),
};

/** Reads a swipe whose cardId is the card's, whatever its reader's card format. */
export function readSwipe(value: unknown, principal: Principal): TakenSwipe | Rejection {
  if (!isSwipe(value)) return invalid(isSwipe.errors);
  return notAllowed(value.readerId, principal) ?? value;
}

function readerOf(value: unknown): string {
  const readerId: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'readerId') : undefined;
  return typeof readerId === 'string' ? readerId : '';
}

/**
 * Reads a swipe of a reader with a card format. A number that cannot be read is no reason to refuse the swipe: its reader
 * would send it for ever. It gets an id that no card can have, so it opens no door, and guards see it.
 */
function readNumbered(value: unknown, format: NumberFormat, principal: Principal): TakenSwipe | Rejection {
  if (!isPostedSwipe(value)) return invalid(isPostedSwipe.errors);
  const refused = notAllowed(value.readerId, principal);
  if (refused !== undefined) return refused;
  const { cardId: sent } = value;
  const swipe: TakenSwipe = value;
  // In place: the item is of this body alone, and a copy takes as long as the whole rest of an item.
  swipe.cardId = cardIdSent(sent, format, principal.cardNumbering?.numbers ?? 'full');
  swipe.cardNumber = sentNumber(sent);
  return swipe;
}

/** Returns the JSON of a SwipeMessage before and after the swipe's own members. */
export function swipeEnvelope(tenantId: string, receivedAtMs: number): { head: string; tail: string } {
  return { head: `{"tenantId":"${tenantId}",`, tail: `,"receivedAt":${receivedAtMs}}` };
}

/** Writes JSON by hand, as the members' patterns exclude characters to escape. Most bodies have one reader. */
function swipeEncoder(tenantId: string, receivedAtMs: number): RecordEncoder<TakenSwipe> {
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

function rest({ direction, duress, offlineOutcome, cardNumber, answerBy }: TakenSwipe): string {
  let json = '';
  if (direction !== undefined) json += `,"direction":"${direction}"`;
  if (duress !== undefined) json += `,"duress":${duress}`;
  if (offlineOutcome !== undefined) json += `,"offlineOutcome":"${offlineOutcome}"`;
  if (cardNumber !== undefined) json += `,"cardNumber":"${cardNumber}"`;
  if (answerBy !== undefined) json += `,"answerBy":${answerBy}`;
  return json;
}

/** Door events as items of a body. They share the path of swipes, so an alarm is as durable as a grant. */
export const DOOR_EVENT_ITEMS: ItemKind<DoorEvent> = {
  read(value, principal) {
    if (!isDoorEvent(value)) return invalid(isDoorEvent.errors);
    return notAllowed(value.readerId, principal) ?? value;
  },
  idMember: 'eventId',
  id: ({ eventId }) => eventId,
  encoder({ tenantId }, receivedAtMs) {
    const receivedAt = new Date(receivedAtMs).toISOString();
    return {
      partitionKey: ({ readerId }) => doorEventPartitionKey(tenantId, readerId),
      record({ eventId, readerId, type, occurredAt }) {
        const kind = 'door-event';
        const record: DoorEventRecord = { kind, tenantId, eventId, readerId, type, occurredAt, receivedAt };
        return JSON.stringify(record);
      },
    };
  },
};

function invalid(errors: Parameters<typeof explain>[0]): Rejection {
  const { field, reason } = explain(errors);
  return new Rejection('invalid-item', field, reason);
}

function notAllowed(readerId: string, principal: Principal): Rejection | undefined {
  if (principal.readerIds.has(readerId)) return undefined;
  return new Rejection('reader-not-allowed', 'readerId', `${readerId} does not belong to the key ${principal.keyId}`);
}
