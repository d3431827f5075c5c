import { accountOf } from '@swipegate/simulator/report/lines/account-lines';
import { unjudgedLines } from '@swipegate/simulator/report/lines/unjudged-lines';
import { highestRate } from '@swipegate/simulator/report/result/rates';
import type { RunResult } from '@swipegate/simulator/report/result/run-result';
import type { GatewayTotals } from '../metrics/prometheus-text.js';
import type { Audit } from './audit.js';
import type { Summary } from './summary.js';

export interface Accounts {
  elapsedMs: number;
  /** Result of the virtual readers; undefined with --no-simulator. */
  result: RunResult | undefined;
  /** Result of reading streams and table; undefined if that was skipped. */
  audit: Audit | undefined;
  /** Last figures of the gateway. */
  totals: GatewayTotals | undefined;
  failures: string[];
  /** The run was stopped early, so zero accepted swipes are no failure. */
  cutShort?: boolean;
}

const NONE = { swipes: 0, decided: 0, granted: {}, denied: {}, recorded: {}, lost: 0, duplicated: 0, wrong: 0 };

/**
 * Merges two independent accounts of a run: the virtual readers know which swipes were acknowledged to them and which
 * decisions they expect; streams and table hold everyone's swipes. Each fault count is the higher of the two.
 */
export function settle({ elapsedMs, result, audit, totals, failures, cutShort = false }: Accounts): Summary {
  const { swipes, ...found } = audit ?? NONE;
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
      notes: [],
    };
  }
  const account = accountOf(result);
  const counts = audit ? { ...found, accepted: Math.max(account.accepted, swipes) } : account;
  return {
    elapsedMs,
    accepted: counts.accepted,
    decided: counts.decided,
    granted: counts.granted,
    denied: counts.denied,
    recorded: counts.recorded,
    lost: Math.max(account.lost, found.lost),
    duplicated: Math.max(account.duplicated, found.duplicated),
    wrong: Math.max(account.wrong, found.wrong),
    changed: account.changed,
    reordered: account.reordered,
    ackP50Ms: account.ackP50Ms,
    ackP99Ms: account.ackP99Ms,
    decisionP50Ms: account.decisionP50Ms,
    decisionP99Ms: account.decisionP99Ms,
    // A search reports only its best run, so the difference would count the other runs' swipes.
    byOthers: result.probes === undefined ? audit && counts.accepted - account.accepted : undefined,
    ...(result.probes === undefined ? {} : { highestRate: highestRate(result) ?? 0 }),
    failures: [...failures, ...result.examples, ...complaints(result, cutShort)],
    // A late load generator invalidates the latencies, not the swipes: a note, not a failure.
    notes: [
      ...result.invalidBecause.map((reason) => `The latencies are not reliable: ${reason}.`),
      ...unjudgedLines(result),
    ],
  };
}

/** Failures other than wrong decisions. Virtual readers post only valid swipes, so a refused one is a failure. */
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
