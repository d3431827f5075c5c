import type { Scenario } from './scenario.js';
import { TURNSTILE_SOURCE } from './sources.js';

/** The default of `npm start`: normal traffic at a constant rate. */
export const steady: Scenario = {
  name: 'steady',
  title: 'People come and go at one rate',
  sources: ['Rate: assumed, for watching a site and for comparing runs.', TURNSTILE_SOURCE],
  duration: '1m',
  rate: 20,
};
