import type { Scenario } from './scenario.js';

/** Hardly anybody, but every reader says that it is alive, and some lose their network. */
export const night: Scenario = {
  name: 'night',
  title: 'Few people, heartbeats, readers offline',
  sources: [
    'All an assumption: cleaners and guards; a heartbeat each 30 s is common among door controllers.',
    'Clocks: readers that ask a time server once a day are off by a second or two (quartz: 20 ppm are 1.7 s a day).',
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
