import { accountLines, accountRow } from './account-lines.js';
import { clock, count, ms } from './figures.js';
import type { Progress, Report } from './report.js';

/** A moment of a run in one line. */
export function progressLine(elapsedMs: number, progress: Progress): string {
  const { phase, accepted, decided, inFlight, overdue, decisionP50Ms, decisionP99Ms } = progress;
  return [
    clock(elapsedMs),
    ...(phase === 'swiping' ? [] : [phase]),
    `accepted ${count(accepted)}`,
    `decided ${count(decided)}`,
    `in flight ${inFlight}`,
    `overdue ${overdue}`,
    `p50 ${ms(decisionP50Ms).trim()} p99 ${ms(decisionP99Ms).trim()}`,
  ].join('  ');
}

/** How a run ended, for people. */
export function reportLines(report: Report): string[] {
  const { skipped, refused, unanswered, retries } = report;
  const unless0 = (name: string, n: number) => (n === 0 ? [] : [accountRow(name, n)]);
  return [
    `${report.readers} virtual readers, ${report.rate} swipes/s wanted, ${clock(report.elapsedMs)}, not timed: the first ${report.warmUpMs / 1000} s`,
    ...accountLines(report),
    ...unless0('refused', refused),
    ...unless0('never answered', unanswered),
    ...unless0('tried again', retries),
    ...unless0('not made, for want of idle people', skipped),
    ...(report.unjudgedZones.length === 0 ? [] : [`  left alone: zones ${report.unjudgedZones.join(', ')}`]),
    ...report.examples.map((example) => `  ${example}`),
    report.ok ? 'Every accepted swipe has its one right decision.' : 'NOT SOUND: see the counts above.',
  ];
}
