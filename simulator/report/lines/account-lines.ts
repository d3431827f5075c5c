import { count, ms, sum } from '@swipegate/terminal/figures';
import { fit, printable } from '@swipegate/terminal/fit';
import { FAULTS, type RunResult } from '../result/run-result.js';

export { FAULTS };

/** Outcome of the accepted swipes, with latencies in ms (null: not measured). */
export interface Account extends Readonly<RunResult['outcomes'] & RunResult['faults']> {
  accepted: number;
  decided: number;
  ackP50Ms: number | null;
  ackP99Ms: number | null;
  decisionP50Ms: number | null;
  decisionP99Ms: number | null;
}

/** Account of a simulator run. Latencies are measured from the time a swipe was due. */
export function accountOf({ counts, faults, outcomes, ack, decision }: RunResult): Account {
  return {
    accepted: counts.accepted,
    decided: counts.decided,
    ...outcomes,
    ...faults,
    ackP50Ms: ack.fromDue.p50,
    ackP99Ms: ack.fromDue.p99,
    decisionP50Ms: decision.fromDue.p50,
    decisionP99Ms: decision.fromDue.p99,
  };
}

const NAME = 44;

/** Row with a name, cut to its column, and a count. */
export function accountRow(name: string, n: number): string {
  return `  ${fit(name, NAME - 1).padEnd(NAME)}${count(n, 8)}`;
}

/** Formats an account in less than 80 columns. `notes` follow the count that they explain. */
export function accountLines(account: Account, notes: { accepted?: string[] } = {}): string[] {
  const reasons = (outcome: string, of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .filter(([reason]) => reason !== outcome)
      .sort(([, n], [, m]) => m - n)
      .map(([reason, n]) => accountRow(`    ${printable(reason)}`, n));
  return [
    accountRow('accepted', account.accepted),
    ...(notes.accepted ?? []),
    accountRow('decided', account.decided),
    accountRow('  granted', sum(account.granted)),
    ...reasons('granted', account.granted),
    accountRow('  denied', sum(account.denied)),
    ...reasons('denied', account.denied),
    ...(sum(account.recorded) === 0 ? [] : [accountRow('  recorded', sum(account.recorded))]),
    ...reasons('recorded', account.recorded),
    ...FAULTS.map((fault) => accountRow(fault, account[fault])),
  ];
}

export function accountLatencyLines(account: Account): string[] {
  const line = (name: string, p50: number | null, p99: number | null) =>
    `  ${name.padEnd(32)}p50 ${ms(p50)}   p99 ${ms(p99)}`;
  return [
    line('swipe to durable (acknowledged)', account.ackP50Ms, account.ackP99Ms),
    line('swipe to decision', account.decisionP50Ms, account.decisionP99Ms),
  ];
}
