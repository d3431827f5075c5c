/** States of an alarm and changes of them. This file has no schemas, so that the console can load it alone. */

/** An alarm starts open. */
export const ALARM_STATES = ['open', 'acknowledged', 'closed'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

/** Values of the filter by state. */
export const ALARM_FILTERS = [...ALARM_STATES, 'not-closed'] as const;
export type AlarmFilter = (typeof ALARM_FILTERS)[number];

interface AlarmActionRule {
  title: string;
  /** States from which the action leads to `to`. */
  from: readonly AlarmState[];
  to: AlarmState;
  needsNote: boolean;
}

/** Changes of an alarm's state. */
export const ALARM_ACTIONS = {
  acknowledge: { title: 'Acknowledge an alarm', from: ['open'], to: 'acknowledged', needsNote: false },
  close: { title: 'Close an alarm', from: ['open', 'acknowledged'], to: 'closed', needsNote: true },
  reopen: { title: 'Open a closed alarm again', from: ['closed'], to: 'open', needsNote: true },
} as const satisfies Record<string, AlarmActionRule>;
export type AlarmAction = keyof typeof ALARM_ACTIONS;

/** Returns whether an alarm in a state takes an action. */
export function takesAction(state: AlarmState, action: AlarmAction): boolean {
  const from: readonly AlarmState[] = ALARM_ACTIONS[action].from;
  return from.includes(state);
}
