import {
  type Account,
  accountLatencyLines,
  accountLines,
  accountRow,
  FAULTS,
} from '@swipegate/simulator/report/lines/account-lines';
import { clock, count, sum } from '@swipegate/terminal/figures';

/** How a run ended. `accepted` counts distinct swipes that were answered as durable or stand on the stream. */
export interface Summary extends Account {
  elapsedMs: number;
  /** Of the accepted: those not in the virtual readers' account. Undefined when nobody looked. */
  byOthers: number | undefined;
  /** Of a search: the highest rate that held, swipes/s; 0 where none did. */
  highestRate?: number;
  /** What else went wrong, in sentences. */
  failures: string[];
  /** What is to be known, and is no failure. */
  notes: string[];
}

/** Whether every accepted swipe got its one right decision and nothing crashed. */
export function isSound(summary: Summary): boolean {
  const { accepted, decided, failures } = summary;
  return accepted === decided && failures.length === 0 && FAULTS.every((fault) => summary[fault] === 0);
}

/** The account at the end of a run, below 80 columns but for failures. */
export function summaryLines(summary: Summary): string[] {
  const { byOthers } = summary;
  const others =
    byOthers === undefined || byOthers === 0 ? [] : [accountRow('  of these not by virtual readers', byOthers)];
  return [
    `Summary of ${clock(summary.elapsedMs)}`,
    ...accountLines(summary, { accepted: others }),
    ...accountLatencyLines(summary),
    ...(summary.highestRate === undefined
      ? []
      : [`The highest rate that holds is ${count(summary.highestRate)} swipes/s.`]),
    ...summary.notes,
    ...summary.failures,
    isSound(summary)
      ? 'Every accepted swipe has its one right decision.'
      : 'NOT SOUND: a swipe lacks its one right decision, or something failed.',
  ];
}

/**
 * The same for machines. `granted`, `denied` and `recorded` are totals, of which `reasons` breaks down the first two; null
 * stands for what was not measured.
 */
export function summaryJson(summary: Summary): Record<string, unknown> {
  const { granted, denied, recorded, byOthers, elapsedMs, ...others } = summary;
  const { ackP50Ms, ackP99Ms, decisionP50Ms, decisionP99Ms, ...rest } = others;
  const rounded = (value: number | null) => (value === null ? null : Math.round(value * 100) / 100);
  return {
    ok: isSound(summary),
    ...rest,
    granted: sum(granted),
    denied: sum(denied),
    recorded: sum(recorded),
    reasons: { ...granted, ...denied },
    ackP50Ms: rounded(ackP50Ms),
    ackP99Ms: rounded(ackP99Ms),
    decisionP50Ms: rounded(decisionP50Ms),
    decisionP99Ms: rounded(decisionP99Ms),
    byOthers: byOthers ?? null,
    elapsedMs: Math.round(elapsedMs),
  };
}
