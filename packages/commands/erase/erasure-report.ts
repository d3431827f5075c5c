import type { ChangeAuthor } from '@swipegate/contract';
import { printable } from '@swipegate/terminal/fit';
import { textTable } from '@swipegate/terminal/text-table';

/** An employee cannot be erased, or not yet. The message says what to do. */
export class ErasureError extends Error {
  override readonly name = 'ErasureError';
  readonly code: 'NOT_ERASED_YET' | 'CHANGE_UNDER_WAY' | 'CHANGE_UNREADABLE' | 'OVERTAKEN' | 'WRITE_REFUSED';

  constructor(code: ErasureError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Counts of one place. */
export interface Tally {
  /** Rows or objects that were read because they might be about the person. */
  read: number;
  /** Rows or objects that were rewritten or deleted; in a dry run, that would be. */
  erased: number;
  /** Object versions that were deleted permanently. */
  removed: number;
  /** Lines that were rewritten within files. */
  lines?: number;
}

/** A place that still holds the id or name of the person. */
export interface Trace {
  /** Table and key, or bucket, key and version. */
  where: string;
  what: 'id' | 'name';
}

export interface Verification {
  /** Rows and object versions that were read. */
  read: number;
  /** Number of traces; id and name count separately. */
  left: number;
  /** The first few of them. */
  traces: Trace[];
}

export function newTally(): Tally {
  return { read: 0, erased: 0, removed: 0 };
}

/** An erasure that was requested in the back office. Its change stays as evidence and is found by this id. */
export interface Evidence {
  changeId: string;
  requestedAt: string;
  by: ChangeAuthor;
}

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
] as const;

export interface ErasureReport extends Record<(typeof PLACES)[number][0], Tally> {
  /** Whether the employees table had a row of them at the start. False if they were erased before, or never existed. */
  known: boolean;
  dryRun: boolean;
  evidence: Evidence[];
  /** Undefined in a dry run. */
  verification: Verification | undefined;
}

/** The names of copies are not known to the command, so it only reminds of them. */
const NOT_SEARCHED = [
  'Copies were not searched, such as the tables of npm run replay -- rebuild',
  '(rebuilt-decisions, rebuilt-presence): delete them. See docs/privacy.md.',
];

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
      ({ changeId, requestedAt, by }) =>
        `Evidence: change ${changeId}, requested at ${requestedAt} by ${printable(by.userName)}.`,
    ),
    ...(verification === undefined ? ['Dry run: nothing was changed.'] : verificationLines(verification)),
  ];
}

function verificationLines({ read, left, traces }: Verification): string[] {
  if (left === 0) return [`Verified: ${read} rows and object versions hold no trace of them.`, ...NOT_SEARCHED];
  return [
    `Found ${left} ${left === 1 ? 'trace' : 'traces'} in ${read} rows and object versions:`,
    ...traces.map(({ what, where }) => `  their ${what}: ${printable(where)}`),
    ...(left > traces.length ? ['  …'] : []),
  ];
}
