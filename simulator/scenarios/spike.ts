import type { Scenario } from './scenario.js';
import { TURNSTILE_SOURCE } from './sources.js';

/** Tests whether the gateway survives a spike and recovers from it. */
export const spike: Scenario = {
  name: 'spike',
  title: 'Ten times as many people, and back',
  sources: ['Ten times: assumed, as is common in load tests: a train arrives, a talk ends.', TURNSTILE_SOURCE],
  duration: '2m',
  rate: 20,
  profile: [
    { at: 0, value: 1 },
    { at: 0.4, value: 1 },
    { at: 0.42, value: 10 },
    { at: 0.58, value: 10 },
    { at: 0.6, value: 1 },
  ],
  thresholds: ['ack.p99<1s', 'decision.p99<3s', 'errors==0'],
};
