import type { Scenario } from './scenario.js';
import { TAILGATING_SOURCE, TURNSTILE_SOURCE } from './sources.js';

/** Long enough to reveal leaks. */
export const soak: Scenario = {
  name: 'soak',
  title: 'An hour with controllers and offline spells',
  sources: [
    'Rate and mixture: assumed. Half of the doors are on controllers, which post arrays or NDJSON.',
    TURNSTILE_SOURCE,
    TAILGATING_SOURCE,
  ],
  duration: '1h',
  warmUp: '30s',
  rate: 50,
  people: { tailgating: 0.02, forgetsToSwipeOut: 0.02, duress: 0.0005 },
  readers: {
    single: 0.5,
    array: 0.3,
    ndjson: 0.2,
    clockSkewMs: 1_000,
    heartbeat: '1m',
    offline: { share: 0.05, every: '10m', for: '1m' },
  },
  thresholds: ['decision.p99<2s', 'errors==0'],
};
