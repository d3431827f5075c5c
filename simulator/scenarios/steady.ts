import type { Scenario } from './scenario.js';

/** What `npm start` shows: a living site, at one rate. */
export const steady: Scenario = {
  name: 'steady',
  title: 'People come and go at one rate',
  sources: ['An assumption: it is for looking at, and for comparing one run with another.'],
  duration: '1m',
  rate: 20,
};
