import { count, latency } from '@swipegate/terminal/figures';
import { fit, printable } from '@swipegate/terminal/fit';
import { wrapped } from '@swipegate/terminal/wrap';
import type { Probe } from '../result/run-result.js';

/** Formats a rate that a search tried, and why it failed, in at most `width` columns. */
export function probeLines({ rate, ok, acceptedPerSecond, ackP99, decisionP99, because }: Probe, width = 80): string[] {
  const figures = `${count(acceptedPerSecond)}/s accepted, p99 durable ${latency(ackP99)}, decided ${latency(decisionP99)}`;
  return [
    fit(`  ${count(rate, 9)}/s ${ok ? 'holds' : 'fails'}  ${figures}`, width),
    ...because.flatMap((reason) => wrapped(printable(reason), { first: '      ', width })),
  ];
}
