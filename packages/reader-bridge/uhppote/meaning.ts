import type { DoorEventType } from '@swipegate/contract';
import type { BoardEvent } from './datagram.js';

const SWIPE = 1;
const OVERWRITTEN = 0xff;
/** The board has asked nobody and waits for its host. */
const LEFT_TO_HOST = 5;
const FIRST_OF_DOORS = 20;
export const POWER_ON = 28;

/** Events of doors and alarms, by the board's reason. Others mean nothing here, such as doors that the host has opened. */
const DOOR_EVENTS: Readonly<Record<number, DoorEventType>> = {
  7: 'code-tried',
  20: 'request-to-exit',
  23: 'door-opened',
  24: 'door-closed',
  34: 'duress-code',
  37: 'door-open-too-long',
  38: 'forced-open',
  39: 'fire',
};

export type Meaning =
  | { kind: 'swipe'; granted: boolean; isQuestion: boolean }
  | { kind: 'door-event'; type: DoorEventType }
  | { kind: 'overwritten' }
  | { kind: 'nothing' };

/** Tells what an event of a board is about. */
export function meaningOf({ type, granted, reason, card }: BoardEvent): Meaning {
  if (type === OVERWRITTEN) return { kind: 'overwritten' };
  // Reasons from 20 on are no cards, but the number of a card may be there, such as the host's address.
  if (type === SWIPE && card > 0 && reason < FIRST_OF_DOORS) {
    return { kind: 'swipe', granted, isQuestion: !granted && reason === LEFT_TO_HOST };
  }
  const event = DOOR_EVENTS[reason];
  return event === undefined ? { kind: 'nothing' } : { kind: 'door-event', type: event };
}
