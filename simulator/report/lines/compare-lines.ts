import { clock, count, ratio } from '@swipegate/terminal/figures';
import { fit, printable } from '@swipegate/terminal/fit';
import { type ComparedFigure, comparedFigures, figureText, verdictOf } from '../result/comparison.js';
import type { RunResult } from '../result/run-result.js';

const COLUMNS = 80;
const NAME = 32;

/** Formats two runs side by side, at most 80 columns wide. */
export function compareLines(a: RunResult, b: RunResult): string[] {
  return [
    runLine('A', a),
    runLine('B', b),
    '',
    row('', 'A', 'B', 'B/A', ''),
    ...comparedFigures(a, b).map(figureLine),
    ...thresholdLines(a, b),
  ].map((line) => fit(line, COLUMNS).trimEnd());
}

function runLine(name: string, result: RunResult): string {
  const state = result.valid ? (result.ok ? 'passed' : 'FAILED') : 'INVALID';
  const { readers, durationMs, scenario, startedAt } = result;
  return `${name}  ${state.padEnd(7)}  ${printable(startedAt).slice(0, 16)}  ${clock(durationMs)}  ${count(readers)} readers  ${printable(scenario)}`;
}

function figureLine(figure: ComparedFigure): string {
  const { name, unit, a, b } = figure;
  const verdict = verdictOf(figure);
  const mark = verdict === 'alike' ? '' : verdict;
  return row(name, figureText(a, unit), figureText(b, unit), ratio(a, b), mark);
}

function row(name: string, a: string, b: string, of: string, mark: string): string {
  return `${name.padEnd(NAME)}${a.padStart(14)}${b.padStart(14)}${of.padStart(10)}  ${mark}`;
}

function thresholdLines(a: RunResult, b: RunResult): string[] {
  const expressions = new Set([...a.thresholds, ...b.thresholds].map(({ expression }) => expression));
  const stateIn = (result: RunResult, wanted: string) => {
    const found = result.thresholds.find(({ expression }) => expression === wanted);
    return found === undefined ? '–' : found.ok ? 'met' : 'NOT MET';
  };
  return Array.from(expressions, (expression) =>
    row(fit(printable(expression), NAME - 1), stateIn(a, expression), stateIn(b, expression), '', ''),
  );
}
