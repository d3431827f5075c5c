import { fit } from '@swipegate/terminal/fit';
import { ink } from '@swipegate/terminal/ink';
import type { ChangedKind, SiteChange } from './changes.js';
import { ENTRY_KINDS, KINDS } from './file/entries.js';
import type { SitePlan } from './plan.js';
import { ALLOWABLE, type Refusal } from './refusals.js';

const TITLES: Record<ChangedKind, string> = {
  tenant: 'tenant',
  buildings: 'buildings',
  zones: 'zones',
  schedules: 'schedules',
  'access-levels': 'access levels',
  readers: 'readers',
  devices: 'devices',
  'reader-keys': 'keys of readers',
  'device-keys': 'keys of devices',
  'operator-keys': 'operators’ keys',
};
const ORDER: readonly ChangedKind[] = ['tenant', ...ENTRY_KINDS, 'reader-keys', 'device-keys', 'operator-keys'];
const LONGEST_VALUE = 60;
const MOST_LINES = 10;

const SIGNS = { create: '+', 'issue-key': '+', change: '~', remove: '-', 'revoke-key': '-' } as const;

/** A change as the subject of a sentence, such as `the zone hq-lab`. */
export function titleOf(change: SiteChange): string {
  switch (change.action) {
    case 'issue-key':
      if (change.kind === 'operator-keys') return `the operator’s key ${change.id}`;
      return `the key of ${change.kind === 'reader-keys' ? 'reader' : 'device'} ${change.id}`;
    case 'revoke-key':
      return `the operator’s key ${change.name}`;
    default:
      return change.kind === 'tenant' ? 'the tenant' : `the ${KINDS[change.kind].noun} ${change.id}`;
  }
}

/** Number of changes by what they do. */
export function countsOf(changes: readonly SiteChange[]) {
  const count = (...actions: SiteChange['action'][]) => changes.filter(({ action }) => actions.includes(action)).length;
  return {
    create: count('create'),
    change: count('change'),
    remove: count('remove'),
    issueKeys: count('issue-key'),
    revokeKeys: count('revoke-key'),
  };
}

/** The plan as a diff by kind, for people. */
export function planLines(plan: SitePlan, { color }: { color: boolean }): string[] {
  const { bold, green, red, dim } = ink(color);
  const changes = plan.stages.flat();
  const paint = { '+': green, '-': red, '~': bold };
  const lines: string[] = [];
  for (const kind of ORDER) {
    const ofKind = changes.filter((change) => change.kind === kind);
    if (ofKind.length === 0) continue;
    lines.push(bold(TITLES[kind]));
    for (const change of ofKind) {
      const sign = SIGNS[change.action];
      lines.push(paint[sign](`  ${sign} ${nameOf(change)}`));
      if (change.action !== 'change') continue;
      for (const { member, was, is } of change.members) lines.push(`      ${member}: ${differenceText(was, is)}`);
    }
    lines.push('');
  }
  if (changes.length > 0) lines.push(summaryOf(changes));
  else lines.push(plan.kept.length > 0 ? 'The tenant has all that is in the file.' : NOTHING_TO_DO);
  if (plan.kept.length > 0) lines.push('', ...keptLines(plan, bold, dim));
  if (plan.refusals.length > 0)
    lines.push('', red('Refused:'), ...plan.refusals.map((refusal) => `  ${refusalText(refusal)}`));
  return lines;
}

/** Entries that only the tenant has, and what `--remove` would do with them. */
function keptLines({ kept, refusedRemovals }: SitePlan, bold: Paint, dim: Paint): string[] {
  const isOne = kept.length === 1;
  const names = kept.map(({ kind, id }) =>
    kind === 'operator-keys' ? `operator’s key ${id}` : `${KINDS[kind].noun} ${id}`,
  );
  return [
    bold(
      isOne
        ? 'One entry of the tenant is not in the file, and stays:'
        : `${kept.length} entries of the tenant are not in the file, and stay:`,
    ),
    ...first(names).map((name) => dim(`    ${name}`)),
    ...(refusedRemovals.length === 0
      ? [`--remove would remove ${isOne ? 'it' : 'them'}.`]
      : ['--remove would be refused:', ...first(refusedRemovals.map(refusalText)).map((text) => `  ${text}`)]),
  ];
}

type Paint = ReturnType<typeof ink>['bold'];

/** The first texts of a list, and how many more there are. */
function first(texts: readonly string[]): string[] {
  const more = texts.length - MOST_LINES;
  return [...texts.slice(0, MOST_LINES), ...(more > 0 ? [`and ${more} more`] : [])];
}

function refusalText({ code, reason }: Refusal): string {
  return `${reason}${code in ALLOWABLE ? ` To do it all the same: --allow ${code}.` : ''}`;
}

function nameOf(change: SiteChange): string {
  if (change.action === 'revoke-key') return `${change.name}  (${change.id})`;
  const label = change.action === 'create' ? labelOf(change.entry) : '';
  return label === '' ? change.id : `${change.id}  ${fit(label, LONGEST_VALUE)}`;
}

function labelOf(entry: object): string {
  const label: unknown = Reflect.get(entry, 'name') ?? Reflect.get(entry, 'door') ?? Reflect.get(entry, 'make');
  return typeof label === 'string' ? label : '';
}

/** Lists show what came and went; other values both sides. */
function differenceText(was: unknown, is: unknown): string {
  if (!Array.isArray(was) || !Array.isArray(is)) return `${textOf(was)} → ${textOf(is)}`;
  const [before, after] = [was, is].map((list) => new Set(list.map(textOf)));
  const gone = Array.from(before ?? []).filter((text) => after?.has(text) !== true);
  const come = Array.from(after ?? []).filter((text) => before?.has(text) !== true);
  return [...gone.map((text) => `- ${text}`), ...come.map((text) => `+ ${text}`)].join('  ');
}

function textOf(value: unknown): string {
  if (value === undefined) return '(none)';
  return fit(typeof value === 'string' ? value : JSON.stringify(value), LONGEST_VALUE);
}

const NOTHING_TO_DO = 'Nothing to do: the tenant has what is in the file.';

function summaryOf(changes: readonly SiteChange[]): string {
  const { create, change, remove, issueKeys, revokeKeys } = countsOf(changes);
  const parts: [count: number, text: string][] = [
    [create, 'to create'],
    [change, 'to change'],
    [remove, 'to remove'],
    [issueKeys, issueKeys === 1 ? 'key to issue' : 'keys to issue'],
    [revokeKeys, revokeKeys === 1 ? 'key to revoke' : 'keys to revoke'],
  ];
  return `${parts.flatMap(([count, text]) => (count > 0 ? [`${count} ${text}`] : [])).join(', ')}.`;
}
