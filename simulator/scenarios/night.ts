import type { Scenario } from './scenario.js';

/** Few people, but every reader sends heartbeats, and some go offline. */
export const night: Scenario = {
  name: 'night',
  title: 'Few people, heartbeats, readers offline',
  sources: [
    'People: assumed, cleaners and guards. A heartbeat every 30 s is common for door controllers.',
    'Clocks: readers that ask a time server once a day are off by a second or two (quartz: 20 ppm is 1.7 s a day).',
  ],
  duration: '10m',
  rate: 0.5,
  people: { strangers: 0.02, wrongSide: 0.02, tailgating: 0.01 },
  readers: {
    perMinute: 20,
    clockSkewMs: 1_700,
    heartbeat: '30s',
    offline: { share: 0.2, every: '2m', for: '20s' },
  },
  thresholds: ['errors==0'],
};
