import { textTable } from '@swipegate/terminal/text-table';
import type { ErasureReport } from './erase.js';

const PLACES = [
  ['presence', 'presence'],
  ['zones', 'zone state'],
  ['decisions', 'decisions'],
  ['events', 'event store: events'],
  ['placements', 'event store: placements'],
  ['changes', 'changes'],
  ['archive', 'archive: decisions'],
  ['uploads', 'uploads'],
  ['employees', 'employee'],
] as const satisfies readonly (readonly [keyof ErasureReport, string])[];

/** The names of copies are not known to the command, so it only reminds of them. */
const NOT_SEARCHED = [
  'Copies were not searched, such as the tables of npm run replay -- rebuild',
  '(rebuilt-decisions, rebuilt-presence): delete them. See docs/privacy.md.',
];

/** Formats the report as text. */
export function reportLines(report: ErasureReport, { color }: { color: boolean }): string[] {
  const { known, dryRun, evidence, verification, archive } = report;
  const rows = PLACES.map(([place, title]) => {
    const { read, erased, removed } = report[place];
    return [title, String(read), String(erased), String(removed)];
  });
  const table = textTable(
    [
      { name: 'where' },
      { name: 'read', align: 'right' },
      { name: dryRun ? 'would be erased' : 'erased', align: 'right' },
      { name: 'versions deleted', align: 'right' },
    ],
    rows,
    { color },
  );
  return [
    ...(known ? [] : ['The employees table has no such row: they were erased before, or the id never existed.', '']),
    ...table,
    '',
    `Decisions in the archive: ${archive.lines ?? 0}.`,
    ...evidence.map(
      ({ changeId, requestedAt, by }) => `Evidence: change ${changeId}, requested at ${requestedAt} by ${by.userName}.`,
    ),
    ...(verification === undefined ? ['Dry run: nothing was changed.'] : verificationLines(verification)),
  ];
}

function verificationLines({ read, left, traces }: NonNullable<ErasureReport['verification']>): string[] {
  if (left === 0) return [`Verified: ${read} rows and object versions hold no trace of them.`, ...NOT_SEARCHED];
  return [
    `Found ${left} ${left === 1 ? 'trace' : 'traces'} in ${read} rows and object versions:`,
    ...traces.map(({ what, where }) => `  their ${what}: ${where}`),
    ...(left > traces.length ? ['  …'] : []),
  ];
}
