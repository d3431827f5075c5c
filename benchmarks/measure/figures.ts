import { printableJson } from '@swipegate/terminal/fit';

/** Median; of an even number of figures, the upper one. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0;
}

/** Quantile: the figure at or below which this share (0 to 1) of all figures lies. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** One of the things that a benchmark compares, with a figure for each counted round. */
export interface Side {
  measure(): number | Promise<number>;
  readonly figures: number[];
}

export function side(measure: Side['measure']): Side {
  return { measure, figures: [] };
}

/** Measures all sides in turns. The first `warmUp` rounds compile the code and fill caches; they are not counted. */
export async function inTurns(sides: readonly Side[], rounds: number, warmUp = 1): Promise<void> {
  for (let round = -warmUp; round < rounds; round++) {
    for (const { measure, figures } of sides) {
      const figure = await measure();
      if (round >= 0) figures.push(figure);
    }
  }
}

/** Runs `work`. @returns CPU time of this process meanwhile, s, including garbage collection */
export async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Formats to three significant digits, with thousands separated. */
export function round(figure: number): string {
  return Number(figure.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** A table row of at most 80 columns: name, median, unit, minimum and maximum of all rounds. */
export function row(name: string, figures: readonly number[], unit: string): string {
  const range = `(${round(Math.min(...figures))} to ${round(Math.max(...figures))})`;
  return `  ${name.padEnd(18)}${round(median(figures)).padStart(9)} ${unit.padEnd(12)} ${range}`;
}

export function printLines(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Last line of a benchmark under `--json`. */
export interface Result {
  name: string;
  unit: string;
  ours: number;
  baseline: number;
  /** Above 1 is better than the baseline. */
  ratio: number;
  [more: string]: unknown;
}

export function printJson(result: Result): void {
  const short = Object.entries(result).map(([name, value]) => [
    name,
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
  ]);
  process.stdout.write(`${printableJson(Object.fromEntries(short))}\n`);
}
