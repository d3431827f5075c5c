import type { Scenario } from './scenario.js';
import { TAILGATING_SOURCE, TURNSTILE_SOURCE } from './sources.js';

/** 5,000 people in two buildings. The peak, 12 % in five minutes, is 2 a second. An hour is played in five minutes. */
export const officeMorning: Scenario = {
  name: 'office-morning',
  title: 'Morning rush into two office buildings',
  sources: [
    'Peak: 12 % of the people in 5 minutes, of whom 10 % go out (BCO Guide to Specification 2014, as given by https://adsimulo.com/bco-2014-standard-now-included/).',
    'Measured in nine London buildings: 6 % (Stanhope 2004, https://www.designingbuildings.co.uk/wiki/Lifts_for_office_buildings).',
    'The hour from 8 to 9 is played in 5 minutes, 12 times as fast; --duration 1h --rate 2 plays it in real time.',
    TURNSTILE_SOURCE,
    TAILGATING_SOURCE,
  ],
  duration: '5m',
  rate: 24,
  profile: [
    { at: 0, value: 0.1 },
    { at: 0.25, value: 0.55 },
    { at: 0.45, value: 1 },
    { at: 0.55, value: 1 },
    { at: 0.8, value: 0.5 },
    { at: 1, value: 0.2 },
  ],
  inbound: [{ at: 0, value: 0.9 }],
  buildings: [3, 2],
  people: { strangers: 0.01, lostCards: 0.002, wrongSide: 0.02, tailgating: 0.05, forgetsToSwipeOut: 0.02 },
  thresholds: ['decision.p99<1s', 'errors==0'],
};
