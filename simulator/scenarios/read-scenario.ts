import { SCENARIOS } from './index.js';
import type { Scenario } from './scenario.js';

export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code = 'SCENARIO_UNUSABLE';
}

/** A scenario that comes with the simulator, by its name. @throws {ScenarioError} */
export async function readScenario(nameOrFile: string): Promise<Scenario> {
  const found = SCENARIOS.find(({ name }) => name === nameOrFile);
  if (found !== undefined) return found;
  throw new ScenarioError(`There is no scenario ${nameOrFile}.`);
}
