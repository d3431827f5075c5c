import type { Scenario } from './scenario.js';

/** Finds the highest rate at which the gateway still works correctly. */
export const stepToFailure: Scenario = {
  name: 'step-to-failure',
  title: 'Finds the highest rate that holds',
  sources: [
    'Thresholds: assumed. A second is long for a person at a door; a reader gives up on an acknowledgement sooner.',
    'Turnstiles have no limit here, so that only the gateway is measured.',
  ],
  duration: '15s',
  warmUp: '5s',
  rate: 100,
  readers: { perMinute: 'unlimited' },
  thresholds: ['ack.p99<250ms', 'decision.p99<1s', 'errors==0'],
  search: { from: 100, most: 50_000, within: 0.1, probe: '15s' },
};
