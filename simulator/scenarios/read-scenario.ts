import { compile, explain } from '@swipegate/contract';
import { nearest } from '@swipegate/contract/values/nearest';
import { parseDuration } from '@swipegate/terminal/duration';
import { readJsonFile } from '@swipegate/terminal/json-file';
import { messageOf } from '@swipegate/terminal/message-of';
import { SCENARIOS } from './built-in.js';
import { Scenario, wholeScenario } from './scenario.js';
import { parseThreshold } from './thresholds.js';

export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code = 'SCENARIO_UNUSABLE';
}

const isScenario = compile(Scenario);
const MOST_OFF = 0.001;

/** Reads a built-in scenario by name, or a scenario file by path. @throws {ScenarioError} SCENARIO_UNUSABLE */
export async function readScenario(nameOrFile: string): Promise<Scenario> {
  if (nameOrFile.endsWith('.json') || nameOrFile.includes('/')) return readFromFile(nameOrFile);
  const found = SCENARIOS.find(({ name }) => name === nameOrFile);
  if (found !== undefined) return found;
  const names = SCENARIOS.map(({ name }) => name);
  const meant = nearest(nameOrFile, names);
  throw new ScenarioError(
    `There is no scenario ${nameOrFile}.${meant === undefined ? '' : ` Did you mean ${meant}?`} Scenarios are ${names.join(', ')}; the name of a file ends in .json.`,
  );
}

async function readFromFile(file: string): Promise<Scenario> {
  let value: unknown;
  try {
    value = await readJsonFile(file);
  } catch (error) {
    const advice = 'run swipegate-sim init to create a scenario file.';
    throw new ScenarioError(`${file} cannot be read (${messageOf(error)}): ${advice}`);
  }
  if (!isScenario(value)) {
    const { field, reason } = explain(isScenario.errors);
    throw new ScenarioError(`${file} is not a scenario: ${field} ${reason}.`);
  }
  const fault = faultOf(value);
  if (fault !== undefined) throw new ScenarioError(`${file} is not a scenario: ${fault}.`);
  return value;
}

/** Checks the rules that the schema cannot express. @returns the problem; undefined if there is none */
export function faultOf(scenario: Scenario): string | undefined {
  const { duration, warmUp, profile, inbound, readers, people, attack, thresholds, search } = wholeScenario(scenario);
  const times = { duration, warmUp, ...(search === undefined ? {} : { 'search.probe': search.probe }) };
  for (const [name, text] of Object.entries(times)) {
    const isNone = name === 'warmUp' && /^0+(\.0+)?[smh]$/.test(text);
    if (!isNone && parseDuration(text) === undefined)
      return `${name} ${text} is not a time: write, for example, 20s, 5m or 1h, up to 24 days`;
  }
  for (const [name, points] of Object.entries({ profile, inbound })) {
    const late = points.findIndex(({ at }, i) => at < (points[i - 1]?.at ?? 0));
    if (late >= 0) return `${name}/${late} has a smaller at than the point before it: sort the points by at`;
  }
  const shareIn = inbound.findIndex(({ value }) => value > 1);
  if (shareIn >= 0) return `inbound/${shareIn}/value must be 0 to 1`;
  const forms = readers.single + readers.array + readers.ndjson;
  if (Math.abs(forms - 1) > MOST_OFF) return `readers: single, array and ndjson must add up to 1, not ${forms}`;
  if (people.strangers + people.lostCards > 1) return 'people: strangers and lostCards must add up to 1 or less';
  if (Object.values(attack).reduce((sum, share) => sum + share, 0) > 1)
    return 'attack: the shares must add up to 1 or less';
  if (search !== undefined && search.from > search.most) return 'search: from must not be above most';
  try {
    for (const expression of thresholds) parseThreshold(expression);
    return undefined;
  } catch (error) {
    return messageOf(error).replace(/\.$/, '');
  }
}
