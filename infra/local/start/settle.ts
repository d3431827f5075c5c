import { accountOf } from '@swipegate/simulator/report/lines/account-lines';
import { unjudgedLines } from '@swipegate/simulator/report/lines/unjudged-lines';
import { highestRate } from '@swipegate/simulator/report/result/rates';
import type { RunResult } from '@swipegate/simulator/report/result/run-result';
import type { GatewayTotals } from '../metrics/scrape.js';
import type { Audit } from './audit.js';
import type { Summary } from './summary.js';

export interface Accounts {
  elapsedMs: number;
  /** The virtual readers' own account; undefined with --no-simulator. */
  result: RunResult | undefined;
  /** What streams and table say; undefined when it was not asked. */
  audit: Audit | undefined;
  /** The gateway's last figures. */
  totals: GatewayTotals | undefined;
  failures: string[];
  /** Somebody ended the run before its time: then nothing need have been accepted. */
  cutShort?: boolean;
}

const NONE = { swipes: 0, decided: 0, granted: {}, denied: {}, recorded: {}, lost: 0, duplicated: 0, wrong: 0 };

/**
 * One account of a run out of two that know nothing of each other: the virtual readers know what they were promised and what
 * must come back; streams and table know of everybody's swipes. Of two counts of faults the worse one stands.
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
    // Of a search, only the best run's account is here.
    byOthers: result.probes === undefined ? audit && counts.accepted - account.accepted : undefined,
    ...(result.probes === undefined ? {} : { highestRate: highestRate(result) ?? 0 }),
    failures: [...failures, ...result.examples, ...complaints(result, cutShort)],
    // The generator's own lateness says nothing of the swipes; where latencies were to be judged, it makes them doubtful.
    notes: [
      ...result.invalidBecause.map((reason) => `Latencies are not to be trusted: ${reason}.`),
      ...unjudgedLines(result),
    ],
  };
}

/** What is no fault of a decision, and yet not as it should be: the virtual readers post nothing but valid swipes. */
function complaints({ counts, attacks = {}, thresholds }: RunResult, cutShort: boolean): string[] {
  const { refused, unanswered, accepted } = counts;
  const passed = Object.values(attacks).reduce((sum, { sent, repelled }) => sum + sent - repelled, 0);
  return [
    ...(refused > 0 ? [`${refused} swipes of virtual readers were refused.`] : []),
    ...(unanswered > 0 ? [`${unanswered} swipes of virtual readers were never answered.`] : []),
    ...thresholds.flatMap(({ expression, actual, ok }) =>
      ok ? [] : [`The threshold ${expression} is not met: ${actual ?? 'nothing was measured'}.`],
    ),
    ...(passed > 0 ? [`${passed} hostile posts were not repelled.`] : []),
    ...(accepted === 0 && !cutShort ? ['No swipe of a virtual reader was accepted.'] : []),
  ];
}
