import { count, ms } from './figures.js';
import { printable } from './fit.js';
import type { Probe } from './run-result.js';

/** A rate that a search has tried, below 80 columns but for reasons. */
export function probeLines({ rate, ok, acceptedPerSecond, ackP99, decisionP99, because }: Probe): string[] {
  const figures = `${count(acceptedPerSecond)}/s accepted, p99 durable ${ms(ackP99).trim()}, decided ${ms(decisionP99).trim()}`;
  return [
    `  ${count(rate, 9)}/s ${ok ? 'holds        ' : 'does not hold'}  ${figures}`,
    ...because.map((reason) => `      ${printable(reason)}`),
  ];
}
