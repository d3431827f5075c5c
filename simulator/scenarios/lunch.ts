import type { Scenario } from './scenario.js';
import { TAILGATING_SOURCE, TURNSTILE_SOURCE } from './sources.js';

/** People arrive, go out to eat and come back. */
export const lunch: Scenario = {
  name: 'lunch',
  title: 'Everyone goes out for lunch and comes back',
  sources: [
    'Peak: 13 % of the people in 5 minutes, both ways (BCO Guide to Specification 2014, as given by https://adsimulo.com/bco-2014-standard-now-included/); with 5,000 people, 2.2 a second.',
    'Played 12 times as fast. The first third of the run fills the buildings.',
    TURNSTILE_SOURCE,
    TAILGATING_SOURCE,
  ],
  duration: '6m',
  rate: 26,
  profile: [
    { at: 0, value: 0.8 },
    { at: 0.33, value: 0.8 },
    { at: 0.36, value: 0.3 },
    { at: 0.5, value: 1 },
    { at: 0.85, value: 1 },
    { at: 1, value: 0.3 },
  ],
  inbound: [
    { at: 0, value: 0.97 },
    { at: 0.34, value: 0.95 },
    { at: 0.4, value: 0.1 },
    { at: 0.55, value: 0.2 },
    { at: 0.75, value: 0.8 },
    { at: 1, value: 0.95 },
  ],
  people: { tailgating: 0.05, forgetsToSwipeOut: 0.03, wrongSide: 0.02 },
  thresholds: ['decision.p99<1s', 'errors==0'],
};
