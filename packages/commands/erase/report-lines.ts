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

/** Whoever made them knows their names. */
const NOT_LOOKED_AT = [
  'Copies were not looked at, such as the tables that npm run replay -- rebuild',
  'makes (rebuilt-decisions, rebuilt-presence): delete them. See docs/privacy.md.',
];

/** What was done, for people. */
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
    ...(known
      ? []
      : ['The table of employees has no such row: they were erased before, or never known by this id.', '']),
    ...table,
    '',
    `Decisions within the archive: ${archive.lines ?? 0}.`,
    ...evidence.map(
      ({ changeId, requestedAt, by }) => `Evidence: change ${changeId}, asked for at ${requestedAt} by ${by.userName}.`,
    ),
    ...(verification === undefined ? ['A dry run: nothing is changed.'] : verificationLines(verification)),
  ];
}

function verificationLines({ read, left, traces }: NonNullable<ErasureReport['verification']>): string[] {
  if (left === 0) return [`Verified: nothing is left in ${read} rows and versions of objects.`, ...NOT_LOOKED_AT];
  return [
    `Something is left in ${left} ${left === 1 ? 'place' : 'places'} of ${read}:`,
    ...traces.map(({ what, where }) => `  their ${what}: ${where}`),
    ...(left > traces.length ? ['  …'] : []),
  ];
}
