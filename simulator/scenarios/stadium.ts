import type { Scenario } from './scenario.js';

/** The gates open, and everyone comes in. */
export const stadium: Scenario = {
  name: 'stadium',
  title: 'Gates open; the flow grows to kick-off',
  sources: [
    'Turnstiles: no more than 660 people an hour each, 11 a minute (Guide to Safety at Sports Grounds, chapter 7; https://sgsa.org.uk/physical-factors/circulation/ingress/).',
    'Shape: assumed. Half come in the last third before kick-off, and few are late.',
    'The last hour is played in 4 minutes, with the people of the site and as many readers as the rate needs.',
  ],
  duration: '4m',
  rate: 25,
  profile: [
    { at: 0, value: 0.2 },
    { at: 0.5, value: 0.55 },
    { at: 0.85, value: 1 },
    { at: 0.93, value: 1 },
    { at: 1, value: 0.2 },
  ],
  inbound: [{ at: 0, value: 1 }],
  people: { strangers: 0.03, lostCards: 0.005, wrongSide: 0.01 },
  readers: { perMinute: 11 },
  thresholds: ['decision.p99<1s', 'errors==0'],
};
