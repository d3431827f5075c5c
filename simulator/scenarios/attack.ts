import type { Scenario } from './scenario.js';

/** Hostile posts among normal traffic, which must not suffer. */
export const attack: Scenario = {
  name: 'attack',
  title: 'Forged, replayed, malformed and slow posts',
  sources: [
    'Kinds: OWASP API Security Top 10, 2023 (broken authentication, unrestricted resource consumption, https://owasp.org/API-Security/), and slow requests in the manner of Slowloris.',
    'Shares: assumed. A quarter of all posts are hostile.',
  ],
  duration: '2m',
  rate: 40,
  attack: {
    unknownCard: 0.04,
    wrongKey: 0.05,
    otherReadersKey: 0.05,
    replayed: 0.05,
    malformed: 0.05,
    slowClient: 0.005,
  },
  thresholds: ['decision.p99<1s', 'errors==0'],
};
