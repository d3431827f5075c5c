import { count } from '@swipegate/terminal/figures';
import { fit } from '@swipegate/terminal/fit';
import { sparkline } from '@swipegate/terminal/sparkline';
import { type Point, type Scenario, valueAt, type WholeScenario, wholeScenario } from './scenario.js';

const COLUMNS = 80;
const LINE = 60;

export function scenarioListLines(scenarios: readonly Scenario[]): string[] {
  const row = (name: string, rate: string, duration: string, title: string) =>
    fit(`${name.padEnd(16)}${rate.padStart(8)}  ${duration.padStart(8)}  ${title}`, COLUMNS).trimEnd();
  return [
    row('name', 'swipes/s', 'duration', 'what happens'),
    ...scenarios.map((scenario) => row(scenario.name, count(peakRate(scenario)), scenario.duration, scenario.title)),
  ];
}

/** Details of a scenario: rate and direction as sparklines, people, readers, thresholds and sources. */
export function scenarioLines(scenario: Scenario): string[] {
  const { title, duration, warmUp, profile, inbound, people, readers, attack, devices, thresholds, search, sources } =
    wholeScenario(scenario);
  const shares = (of: Readonly<Record<string, number | undefined>>) =>
    Object.entries(of).flatMap(([name, share = 0]) => (share === 0 ? [] : [`${name} ${percent(share)}`]));
  const posting = shares({ single: readers.single, array: readers.array, ndjson: readers.ndjson });
  const hostile = shares(attack);
  const spells = (offline: WholeScenario['readers']['offline']) =>
    offline === null ? [] : [`${percent(offline.share)} offline every ${offline.every} for ${offline.for}`];
  return [
    `${scenario.name}: ${title}`,
    '',
    `  ${count(peakRate(scenario))} swipes/s at peak, for ${duration}, after a warm-up of ${warmUp}`,
    ...(search === undefined ? [] : [searchLine(search)]),
    `  rate     ${course(profile)}`,
    `  inbound  ${course(inbound)}`,
    ...wrapped('people', shares(people)),
    ...(devices === undefined
      ? wrapped('readers', [
          readers.perMinute === 'unlimited' ? 'unlimited turnstiles' : `${readers.perMinute} people a minute each`,
          ...posting,
          readers.waits === 'never' ? 'no waiting for decisions' : `wait for the decision: ${readers.waits}`,
          ...(readers.clockSkewMs === 0 ? [] : [`clocks off by ${readers.clockSkewMs} ms`]),
          ...(readers.heartbeat === null ? [] : [`a heartbeat every ${readers.heartbeat}`]),
          ...spells(readers.offline),
        ])
      : wrapped('devices', [
          ...Object.entries(devices.counts).flatMap(([kind, n = 0]) => (n === 0 ? [] : [`${n} ${kind}`])),
          `${percent(devices.repeats)} of bodies sent again`,
          ...spells(devices.offline),
          ...(devices.hostile === null ? [] : [`a hostile request every ${devices.hostile}`]),
        ])),
    ...(hostile.length === 0 ? [] : wrapped('hostile', hostile)),
    ...(thresholds.length === 0 ? [] : wrapped('must hold', thresholds)),
    '',
    ...sources.flatMap((source) => wrapped('source', source.split(' '), ' ')),
  ];
}

function peakRate(scenario: Scenario): number {
  const { rate, profile } = wholeScenario(scenario);
  return rate * profile.reduce((highest, { value }) => Math.max(highest, value), 0);
}

function searchLine({ from, most, within, probe }: NonNullable<Scenario['search']>): string {
  return `  searches from ${count(from)}/s to ${count(most)}/s, to within ${percent(within)}, ${probe} per rate`;
}

/** Sparkline of a curve over the run, from 0 to the curve's maximum. */
function course(points: readonly Point[]): string {
  const values = Array.from({ length: LINE }, (_, i) => valueAt(points, i / (LINE - 1)));
  return sparkline(values, LINE);
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

function wrapped(name: string, words: readonly string[], separator = ', '): string[] {
  const indent = 13;
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line}${separator}${word}`;
    if (line !== '' && longer.length > COLUMNS - indent) {
      lines.push(`${line}${separator.trimEnd()}`);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].map((text, i) => `  ${(i === 0 ? name : '').padEnd(indent - 2)}${text}`);
}
