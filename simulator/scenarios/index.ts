import type { Scenario } from './scenario.js';
import { steady } from './steady.js';

/** All that come with the simulator. */
export const SCENARIOS: readonly Scenario[] = [steady];
