import { type TextTableOptions, textTable } from '@swipegate/terminal/text-table';
import type { Comparison, TableComparison } from './compare.js';
import type { Rebuilt } from './rebuild.js';
import type { Difference, Judgement, WhatIf } from './what-if.js';

/** Number of differences shown one by one. */
const MOST_SHOWN = 50;

export function rebuiltLines({ records, written, expired, unreadable, cards, goneReaders }: Rebuilt): string[] {
  return [
    `${count(records, 'decision')} read, ${written} written, ${count(cards, 'card')} placed.`,
    ...(expired === 0 ? [] : [`${count(expired, 'decision')} skipped: older than the retention of the table.`]),
    ...(unreadable === 0 ? [] : [`${count(unreadable, 'line')} of the archive skipped: not a decision.`]),
    ...(goneReaders.length === 0
      ? []
      : [
          `Readers that are no longer in the site (their ways out count as leading outdoors): ${goneReaders.join(', ')}.`,
        ]),
  ];
}

const FIGURES = ['live', 'rebuilt', 'missing', 'extra', 'different', 'notYetArchived', 'expired'] as const;
const FIGURE_NAMES: Partial<Record<keyof TableComparison, string>> = { notYetArchived: 'not yet archived' };

export function comparisonLines(
  { equal, decisions, presence, examples }: Comparison,
  options: TextTableOptions,
): string[] {
  const columns = FIGURES.map((name) => ({ name: FIGURE_NAMES[name] ?? name, align: 'right' as const }));
  const row = (table: string, figures: TableComparison) => [table, ...FIGURES.map((name) => String(figures[name]))];
  return [
    ...textTable([{ name: 'table' }, ...columns], [row('decisions', decisions), row('presence', presence)], options),
    ...examples.map(({ table, kind, key, members }) =>
      [`${table}: ${Object.values(key).join(', ')} is ${kind}`, members.join(', ')].filter(Boolean).join(': '),
    ),
    equal ? 'Equal.' : 'Not equal.',
  ];
}

export function whatIfLines(
  { swipes, differences, totals, withoutSwipe, unreadable }: WhatIf,
  options: TextTableOptions,
) {
  const more = differences.length - MOST_SHOWN;
  const lines = [
    `${count(swipes, 'swipe')} decided again, ${differences.length} with a different result.`,
    ...(withoutSwipe === 0 ? [] : [`${count(withoutSwipe, 'swipe')} not archived: restored from the decision.`]),
    ...(unreadable === 0 ? [] : [`${count(unreadable, 'line')} of the archive skipped: not a decision.`]),
  ];
  if (differences.length === 0) return lines;
  return [
    ...lines,
    '',
    ...textTable(
      [{ name: 'swipes', align: 'right' }, { name: 'was' }, { name: 'would be' }],
      totals.map(({ was, would, swipes }) => [String(swipes), textOf(was), textOf(would)]),
      options,
    ),
    '',
    ...textTable(
      [{ name: 'at' }, { name: 'card' }, { name: 'reader' }, { name: 'was' }, { name: 'would be' }],
      differences
        .slice(0, MOST_SHOWN)
        .map(({ at, cardId, readerId, was, would }) => [clock(at), cardId, readerId, textOf(was), textOf(would)]),
      options,
    ),
    ...(more > 0 ? [`… and ${more} more: --csv or --json prints all, with holders and swipeIds.`] : []),
  ];
}

export const DIFFERENCE_COLUMNS = [
  'swipeId',
  'cardId',
  'employeeId',
  'readerId',
  'at',
  'wasOutcome',
  'wasReason',
  'wouldOutcome',
  'wouldReason',
];

export function differenceRows(differences: readonly Difference[]): Record<string, unknown>[] {
  return differences.map(({ was, would, ...rest }) => ({
    ...rest,
    wasOutcome: was.outcome,
    wasReason: was.reason,
    wouldOutcome: would.outcome,
    wouldReason: would.reason,
  }));
}

/** The reason tells grants from denials, but not history. */
function textOf({ outcome, reason }: Judgement): string {
  return outcome === 'recorded' ? `recorded: ${reason}` : reason;
}

/** In UTC, to the second. */
function clock(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
