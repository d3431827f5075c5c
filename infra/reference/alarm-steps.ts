import { ALARM_PERIOD_MS, ALARMS, type Alarm } from '../dashboard/dashboard.js';

const BEGIN = '<!-- alarms: made by npm run docs from infra/dashboard/alarms.ts -->';
const END = '<!-- /alarms -->';

export class MarkerError extends Error {
  override readonly name = 'MarkerError';
  readonly code = 'MARKER_MISSING';
}

/**
 * Replaces the alarm section of the runbook.
 * @throws {MarkerError} MARKER_MISSING: the runbook lacks the begin or end marker
 */
export function withAlarms(runbook: string): string {
  const begin = runbook.indexOf(BEGIN);
  const end = runbook.indexOf(END);
  if (begin < 0 || end < begin) throw new MarkerError(`The runbook needs the lines ${BEGIN} and ${END}.`);
  return `${runbook.slice(0, begin)}${BEGIN}\n\n${ALARMS.map(section).join('\n')}\n${runbook.slice(end)}`;
}

function section({ id, title, severity, unit, above, periods, meaning, steps }: Alarm): string {
  const minutes = (periods * ALARM_PERIOD_MS) / 60_000;
  const limit = `${above.toLocaleString('en-US')} ${unit === 'count' ? 'in a minute' : unit}`;
  return [
    `### ${title}`,
    '',
    `\`${id}\`. Above ${limit}, for ${minutes === 1 ? 'one minute' : `${minutes} minutes`}. Severity: ${severity}. ${meaning}`,
    '',
    ...steps.map((step, i) => `${i + 1}. ${step}`),
    '',
  ].join('\n');
}
