import {
  type Account,
  accountLatencyLines,
  accountLines,
  accountOf,
  accountRow,
  FAULTS,
} from '@swipegate/simulator/report/lines/account-lines';
import { unjudgedLines } from '@swipegate/simulator/report/lines/result-lines';
import { highestRate, type RunResult } from '@swipegate/simulator/report/result/run-result';
import { clock, count, sum } from '@swipegate/terminal/figures';
import type { GatewayTotals } from '../metrics/scrape.js';
import type { Audit } from './audit.js';

/** `accepted` counts distinct swipes that were acknowledged as durable or are on the stream. */
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

export interface Accounts {
  elapsedMs: number;
  /** Undefined with --no-simulator. */
  result: RunResult | undefined;
  /** Undefined if skipped. */
  audit: Audit | undefined;
  /** Last figures of the gateway. */
  totals: GatewayTotals | undefined;
  failures: string[];
  /** How often a process died and was started again, by its name. */
  restarts?: ReadonlyMap<string, number>;
  /** Whether the streams may hold swipes of earlier starts. */
  isKept?: boolean;
  /** The run was stopped early, so zero accepted swipes are no failure. */
  cutShort?: boolean;
}

const NONE = { swipes: 0, decided: 0, granted: {}, denied: {}, recorded: {}, lost: 0, duplicated: 0, wrong: 0 };

/**
 * Merges two accounts: the virtual readers know which swipes were acknowledged to them and which decisions to expect;
 * streams and table hold everyone's swipes. Each fault count is the higher of the two.
 */
export function summarize({
  elapsedMs,
  result,
  audit,
  totals,
  failures,
  cutShort = false,
  restarts,
  isKept,
}: Accounts): Summary {
  const { swipes, ...found } = audit ?? NONE;
  const remarks = Array.from(restarts ?? [], ([name, times]) => `${name} died and was started again: ${times}×.`);
  if (isKept) remarks.push('The counts include swipes of earlier starts that the streams still hold.');
  if (result === undefined) {
    return {
      elapsedMs,
      accepted: swipes,
      ...found,
      changed: 0,
      reordered: 0,
      ackP50Ms: totals?.ackP50Ms ?? null,
      ackP99Ms: totals?.ackP99Ms ?? null,
      decisionP50Ms: totals?.decisionP50Ms ?? null,
      decisionP99Ms: totals?.decisionP99Ms ?? null,
      byOthers: undefined,
      failures,
      notes: remarks,
    };
  }
  const account = accountOf(result);
  const accepted = Math.max(account.accepted, swipes);
  return {
    ...account,
    ...(audit && found),
    elapsedMs,
    accepted,
    lost: Math.max(account.lost, found.lost),
    duplicated: Math.max(account.duplicated, found.duplicated),
    wrong: Math.max(account.wrong, found.wrong),
    // A search reports only its best run, so the difference would count the other runs' swipes.
    byOthers: result.probes === undefined ? audit && accepted - account.accepted : undefined,
    ...(result.probes === undefined ? {} : { highestRate: highestRate(result) ?? 0 }),
    failures: [...failures, ...result.examples, ...complaints(result, cutShort)],
    // A late load generator invalidates the latencies, not the swipes: a note, not a failure.
    notes: [
      ...remarks,
      ...result.invalidBecause.map((reason) => `The latencies are not reliable: ${reason}.`),
      ...unjudgedLines(result),
    ],
  };
}

/** Failures other than wrong decisions. Virtual readers post only valid swipes: a refusal is a failure. */
function complaints({ counts, attacks = {}, thresholds }: RunResult, cutShort: boolean): string[] {
  const { refused, unanswered, accepted } = counts;
  const passed = Object.values(attacks).reduce((sum, { sent, repelled }) => sum + sent - repelled, 0);
  return [
    ...(refused > 0 ? [`The gateway refused ${refused} swipes of virtual readers.`] : []),
    ...(unanswered > 0 ? [`The gateway never answered ${unanswered} swipes of virtual readers.`] : []),
    ...thresholds.flatMap(({ expression, actual, ok }) =>
      ok ? [] : [`Threshold ${expression} not met: ${actual ?? 'nothing was measured'}.`],
    ),
    ...(passed > 0 ? [`The gateway did not repel ${passed} hostile requests.`] : []),
    ...(accepted === 0 && !cutShort ? ['The gateway accepted no swipe of a virtual reader.'] : []),
  ];
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
      ? 'Every accepted swipe has exactly one correct decision.'
      : 'NOT SOUND: see the counts and messages above.',
  ];
}

/** `granted`, `denied` and `recorded` are totals, `reasons` breaks down the first two. Null: not measured. */
export function summaryJson(summary: Summary): Record<string, unknown> {
  const { granted, denied, recorded, ackP50Ms, ackP99Ms, decisionP50Ms, decisionP99Ms } = summary;
  const rounded = (value: number | null) => (value === null ? null : Math.round(value * 100) / 100);
  return {
    ok: isSound(summary),
    ...summary,
    granted: sum(granted),
    denied: sum(denied),
    recorded: sum(recorded),
    reasons: { ...granted, ...denied },
    ackP50Ms: rounded(ackP50Ms),
    ackP99Ms: rounded(ackP99Ms),
    decisionP50Ms: rounded(decisionP50Ms),
    decisionP99Ms: rounded(decisionP99Ms),
    byOthers: summary.byOthers ?? null,
    elapsedMs: Math.round(summary.elapsedMs),
  };
}
