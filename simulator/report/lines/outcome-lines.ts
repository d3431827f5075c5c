import { count, sum } from '@swipegate/terminal/figures';
import { fit, printable } from '@swipegate/terminal/fit';
import type { Ink } from '@swipegate/terminal/ink';

type Reasons = Readonly<Record<string, number>>;

export interface Outcomes {
  granted: Reasons;
  denied: Reasons;
  recorded: Reasons;
}

const BAR = 13;

/** Formats outcomes with reasons, most frequent first: at most `room` lines of at most `width` columns. */
export function outcomeLines(
  outcomes: Outcomes,
  paint: Ink,
  { width, room }: { width: number; room: number },
): string[] {
  const all = sum(outcomes.granted) + sum(outcomes.denied) + sum(outcomes.recorded);
  const lines = [
    ...reasonLines('granted', paint.green, outcomes.granted, all, width),
    ...reasonLines('denied', paint.red, outcomes.denied, all, width),
    // Shown only if present. It is rare: readers were offline, or the spool covered an outage.
    ...(sum(outcomes.recorded) > 0 ? reasonLines('recorded', paint.dim, outcomes.recorded, all, width) : []),
  ];
  return folded(lines, room, width);
}

function reasonLines(
  outcome: string,
  color: (text: string) => string,
  reasons: Reasons,
  all: number,
  width: number,
): string[] {
  const total = sum(reasons);
  const share = (n: number) => (all === 0 ? 0 : n / all);
  const line = (name: string, n: number, mark: string) =>
    fit(`${name.padEnd(44)}${count(n, 11)} ${(100 * share(n)).toFixed(1).padStart(5)} %  ${mark}`, width).trimEnd();
  const rows = Object.entries(reasons)
    .filter(([reason]) => reason !== outcome)
    .sort(([a, n], [b, m]) => m - n || a.localeCompare(b))
    .map(([reason, n]) => line(`    ${printable(reason)}`, n, ''));
  return [color(line(`  ${outcome}`, total, '#'.repeat(Math.round(BAR * share(total))))), ...rows];
}

/** Cuts lines to `room`; the last one then gives the number of hidden lines. */
function folded(lines: string[], room: number, width: number): string[] {
  if (lines.length <= room) return lines;
  const shown = lines.slice(0, Math.max(0, room - 1));
  return room <= 0 ? [] : [...shown, fit(`    … and ${lines.length - shown.length} more lines`, width)];
}
