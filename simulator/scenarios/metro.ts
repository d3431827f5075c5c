import type { Scenario } from './scenario.js';

/** One morning of the whole London Underground, with as many gates as its taps need. */
export const metro: Scenario = {
  name: 'metro',
  title: 'Morning peak of the London Underground',
  sources: [
    '332,000 taps in from 8 to 9 on 6 September 2021: 92 a second (Transport for London, https://therailwayhub.co.uk/61161/londons-tube-network-sees-busiest-morning-since-start-of-pandemic). Without a pandemic there are twice as many: --rate 370.',
    'As many taps out: each journey ends at a gate.',
    'Gates: 30 people a minute, like plain turnstiles. A gate that waits for a decision is no faster.',
  ],
  duration: '2m',
  warmUp: '10s',
  rate: 184,
  profile: [
    { at: 0, value: 0.85 },
    { at: 0.5, value: 1 },
    { at: 1, value: 0.8 },
  ],
  people: { strangers: 0.005, lostCards: 0.002, wrongSide: 0.01, tailgating: 0.01 },
  thresholds: ['decision.p99<2s', 'errors==0'],
};
