import { readFile } from 'node:fs/promises';
import { compile, explain } from '../../gateway/contract/index.js';
import { nearest } from '../commands/nearest.js';
import { SCENARIOS } from './index.js';
import { Scenario } from './scenario.js';

export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code = 'SCENARIO_UNUSABLE';
}

const isScenario = compile(Scenario);

/** A scenario that comes with the simulator, by its name; or one of your own, by its file. @throws {ScenarioError} */
export async function readScenario(nameOrFile: string): Promise<Scenario> {
  if (nameOrFile.endsWith('.json') || nameOrFile.includes('/')) return readFromFile(nameOrFile);
  const found = SCENARIOS.find(({ name }) => name === nameOrFile);
  if (found !== undefined) return found;
  const names = SCENARIOS.map(({ name }) => name);
  const meant = nearest(nameOrFile, names);
  throw new ScenarioError(
    `There is no scenario ${nameOrFile}.${meant === undefined ? '' : ` Did you mean ${meant}?`} There are ${names.join(', ')}; a file's name ends in .json.`,
  );
}

async function readFromFile(file: string): Promise<Scenario> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScenarioError(`${file} cannot be read (${reason}): swipegate-sim init writes one to edit.`);
  }
  if (isScenario(value)) return value;
  const { field, reason } = explain(isScenario.errors);
  throw new ScenarioError(`${file} is not a scenario: ${field} ${reason}.`);
}
