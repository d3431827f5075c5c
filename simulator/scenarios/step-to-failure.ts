import type { Scenario } from './scenario.js';

/** What is the most that this gateway can do, and still do right? */
export const stepToFailure: Scenario = {
  name: 'step-to-failure',
  title: 'Finds the highest rate that holds',
  sources: [
    'Thresholds: an assumption: somebody at a door finds a second long; a reader gives up on an acknowledgement sooner.',
    'Turnstiles know no limit here: the gateway is what is measured.',
  ],
  duration: '15s',
  warmUp: '5s',
  rate: 100,
  readers: { perMinute: 'unlimited' },
  thresholds: ['ack.p99<250ms', 'decision.p99<1s', 'errors==0'],
  search: { from: 100, most: 50_000, within: 0.1, probe: '15s' },
};
