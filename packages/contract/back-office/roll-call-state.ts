/** How a roll call counts. Without schemas, because the console's page imports it. */

export const TICK_STATES = ['safe', 'missing', 'none'] as const;
export type TickState = (typeof TICK_STATES)[number];

/** State of a person in a roll call. `left`: they swiped out after the start, and no warden says otherwise. */
export const ROLL_CALL_STATES = ['safe', 'left', 'missing', 'not-seen'] as const;
export type RollCallState = (typeof ROLL_CALL_STATES)[number];

interface OrderedTick {
  tickId: string;
  cardId: string;
  state: TickState;
  /** RFC 3339 in UTC with milliseconds. */
  at: string;
}

/** Whether a tick replaces another one of the same person: the later tap wins, whenever it arrives. */
export function replacesTick(tick: OrderedTick, other: OrderedTick | undefined): boolean {
  if (other === undefined || tick.at !== other.at) return other === undefined || tick.at > other.at;
  return tick.tickId > other.tickId;
}

/**
 * Returns the tick of each person that counts. Order and repetition of the ticks do not matter, so telephones that send
 * late or twice come to the same result.
 */
export function countedTicks<Tick extends OrderedTick>(
  ticks: Iterable<Tick>,
  counted: Map<string, Tick> = new Map(),
): Map<string, Tick> {
  for (const tick of ticks) if (replacesTick(tick, counted.get(tick.cardId))) counted.set(tick.cardId, tick);
  return counted;
}

/**
 * A warden's word counts before the swipe: someone else may have carried the card out.
 * @param hasLeft whether the person's card went out after the start
 */
export function rollCallState(tick: { state: TickState } | undefined, hasLeft: boolean): RollCallState {
  if (tick !== undefined && tick.state !== 'none') return tick.state;
  return hasLeft ? 'left' : 'not-seen';
}

/** Whether wardens still look for the person. */
export function isSought(state: RollCallState): boolean {
  return state === 'missing' || state === 'not-seen';
}
