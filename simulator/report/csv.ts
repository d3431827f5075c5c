import type { RunResult, Second } from './result/run-result.js';

const COLUMNS: readonly [name: string, member: keyof Second][] = [
  ['at_second', 'atSecond'],
  ['due', 'due'],
  ['sent', 'sent'],
  ['accepted', 'accepted'],
  ['decided', 'decided'],
  ['errors', 'errors'],
  ['in_flight', 'inFlight'],
  ['ack_p50_ms', 'ackP50'],
  ['ack_p99_ms', 'ackP99'],
  ['decision_p50_ms', 'decisionP50'],
  ['decision_p99_ms', 'decisionP99'],
];

/**
 * Formats a run's seconds as CSV (RFC 4180): a header line, CR LF line ends, an empty cell for a value that was not
 * measured. All cells are numbers, so none needs quotes.
 */
export function csvOf({ seconds }: Pick<RunResult, 'seconds'>): string {
  const header = COLUMNS.map(([name]) => name).join(',');
  const rows = seconds.map((second) => COLUMNS.map(([, member]) => second[member] ?? '').join(','));
  return [header, ...rows, ''].join('\r\n');
}
