import type { Series } from './series.js';

export const NEVER_THROTTLED = 'The embedded cloud throttles nothing.';

/** Throttles of the tables that every decision reads or writes. */
export const TABLE_THROTTLES: Series = {
  id: 'table-throttles',
  title: 'throttled',
  onAws: {
    metrics: ['ReadThrottleEvents', 'WriteThrottleEvents'],
    ofTables: ['cards', 'employees', 'presence', 'zoneState', 'decisions'],
  },
  onOneMachine: { nowhere: NEVER_THROTTLED },
};
