import {
  type Account,
  accountLatencyLines,
  accountLines,
  accountRow,
  FAULTS,
} from '@swipegate/simulator/report/lines/account-lines';
import { clock, count, sum } from '@swipegate/terminal/figures';

/** Result of a run. `accepted` counts distinct swipes that were acknowledged as durable or are on the stream. */
export interface Summary extends Account {
  elapsedMs: number;
  /** Accepted swipes that the virtual readers did not post. Undefined if not counted. */
  byOthers: number | undefined;
  /** Result of a search: the highest rate that held, swipes/s; 0 if none did. */
  highestRate?: number;
  /** Other failures, as sentences. */
  failures: string[];
  /** Remarks that are not failures, as sentences. */
  notes: string[];
}

/** Whether every accepted swipe got exactly one correct decision and nothing failed. */
export function isSound(summary: Summary): boolean {
  const { accepted, decided, failures } = summary;
  return accepted === decided && failures.length === 0 && FAULTS.every((fault) => summary[fault] === 0);
}

/** Lines printed at the end of a run. All but failures and notes are below 80 columns. */
export function summaryLines(summary: Summary): string[] {
  const { byOthers } = summary;
  const others =
    byOthers === undefined || byOthers === 0 ? [] : [accountRow('  of these from other clients', byOthers)];
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
      : 'NOT SOUND: see the counts and messages above.',
  ];
}

/**
 * Summary as JSON. `granted`, `denied` and `recorded` are totals; `reasons` breaks down granted and denied. A figure that
 * was not measured is null.
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
