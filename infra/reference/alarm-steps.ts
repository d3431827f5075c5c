import { ALARMS, type Alarm, conditionOf, missingOf } from '../dashboard/dashboard.js';

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

function section(alarm: Alarm): string {
  const { id, title, severity, meaning, steps } = alarm;
  return [
    `### ${title}`,
    '',
    `\`${id}\`. ${conditionOf(alarm)}. Severity: ${severity}. ${meaning} ${missingOf(alarm)}`,
    '',
    ...steps.map((step, i) => `${i + 1}. ${step}`),
    '',
  ].join('\n');
}
