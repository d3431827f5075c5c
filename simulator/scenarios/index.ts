import { attack } from './attack.js';
import { evacuation } from './evacuation.js';
import { lunch } from './lunch.js';
import { metro } from './metro.js';
import { night } from './night.js';
import { officeMorning } from './office-morning.js';
import type { Scenario } from './scenario.js';
import { soak } from './soak.js';
import { spike } from './spike.js';
import { stadium } from './stadium.js';
import { steady } from './steady.js';
import { stepToFailure } from './step-to-failure.js';

/** The built-in scenarios, simplest first. */
export const SCENARIOS: readonly Scenario[] = [
  steady,
  officeMorning,
  lunch,
  stadium,
  metro,
  evacuation,
  night,
  soak,
  spike,
  stepToFailure,
  attack,
];
