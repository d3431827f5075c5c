import type { Scenario } from './scenario.js';
import { TURNSTILE_SOURCE } from './sources.js';

/** What `npm start` shows: a living site, at one rate. */
export const steady: Scenario = {
  name: 'steady',
  title: 'People come and go at one rate',
  sources: ['Rate: an assumption, for looking at, and for comparing one run with another.', TURNSTILE_SOURCE],
  duration: '1m',
  rate: 20,
};
