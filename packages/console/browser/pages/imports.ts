import type { ImportKind, ImportLineStatus, ImportNote, ImportRow, ImportStatus } from '@swipegate/contract';
import { IMPORT_COLUMNS } from '@swipegate/contract/back-office/import-columns';
import { ApiError, isAborted, path } from '../api/api.js';
import { MAX_UPLOAD_BYTES, uploadFile } from '../api/files.js';
import { csvDownload } from '../widgets/csv-download.js';
import { badge, button, buttonRow, element, fill, say, timeElement, wrapped } from '../widgets/element.js';
import { fileField, selectField, textField, whyField } from '../widgets/fields.js';
import { FieldError, form } from '../widgets/form.js';
import { Table } from '../widgets/table.js';
import { type Page, type PageContext, rememberQuery } from './page.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
const MOST_ROWS = 500;
const MANY_SHOWN = 20;
const KINDS: Readonly<Record<ImportKind, { label: string; columns: string }>> = {
  employees: {
    label: 'Employees',
    columns:
      'Columns: employeeId, name. Optional: active (true or false), accessLevelIds (separated by ; , or |; - for none).',
  },
  cards: {
    label: 'Cards, each linked to an employee',
    columns:
      'Columns: cardId, employeeId, buildingId. Optional: zoneId, validFrom, validUntil (a date such as 2026-12-31, by the building’s clock; the card is valid on its last day too), cardFormat (how to read a number that is no id).',
  },
  readers: {
    label: 'Readers',
    columns:
      'Columns: readerId, door, buildingId, zoneId, direction (in, out or both). Optional: outerZoneId (- for outdoors), mode, cardFormat.',
  },
  zones: {
    label: 'Zones',
    columns:
      'Columns: zoneId, buildingId, name. Optional: outerZoneId, antiPassback (none, hard, soft, or timed 15), forgiveAt, occupancyLimit, accompanimentSeconds; - for none.',
  },
};
const IN_ORDER: readonly ImportKind[] = ['employees', 'cards', 'zones', 'readers'];
const FOR_ALL = 'Empty cells change nothing. Other columns are ignored.';
const STATES: Readonly<Record<ImportStatus['state'], string>> = {
  'awaiting-upload': 'Waiting for the file.',
  expired: 'The import has expired. Upload the file again.',
  uploaded: 'The file is uploaded. Reading it…',
  previewed: 'Nothing has changed yet.',
  applying: 'Sending the changes…',
  settling: 'Applying the changes…',
  done: 'Done.',
};
const TONES = {
  valid: 'good',
  doubtful: 'warn',
  refused: 'bad',
  rejected: 'bad',
  accepted: 'none',
  stored: 'none',
  applied: 'good',
} as const;

/** Previews a file, and applies it when the user says so. Each line is a separate change and is listed with its result. */
export const importPage: Page = async (context) => {
  const { query } = context;
  const progress = element('section', { 'aria-label': 'Result' });
  const kinds = IN_ORDER.filter((each) => context.may(IMPORT_COLUMNS[each].action));
  const kindOf = (text: string): ImportKind => kinds.find((each) => each === text) ?? kinds[0] ?? 'employees';
  const kind = selectField({
    name: 'kind',
    label: 'Content of the file',
    options: kinds.map((value) => ({ value, label: KINDS[value].label })),
  });
  const columns = element('p', { class: 'note', role: 'status' });
  const explain = () => say(columns, `${KINDS[kindOf(kind.read())].columns} ${FOR_ALL}`);
  kind.control.addEventListener('change', explain);
  explain();
  const file = fileField({
    name: 'file',
    label: 'File',
    hint: '.xlsx, or CSV separated by comma, semicolon or tab. At most 2 MB and 10,000 lines.',
    accept: '.xlsx,.csv,.txt,text/csv',
  });
  const sheet = textField({
    name: 'sheet',
    label: 'Sheet',
    hint: 'Of an .xlsx file. Without a name, the first one that is not hidden is read.',
    isOptional: true,
    maxLength: 64,
  });
  const why = whyField();
  const importForm = form({
    fields: [kind, file, sheet, why],
    submitLabel: 'Preview',
    async submit() {
      const chosen = file.read();
      if (chosen === undefined) throw new FieldError('file', 'Choose a file.');
      if (chosen.size === 0) throw new FieldError('file', 'The file is empty.');
      if (chosen.size > MAX_UPLOAD_BYTES) throw new FieldError('file', 'The file is larger than 2 MB. Split it.');
      const request = { kind: kindOf(kind.read()), why: why.read(), sheet: sheet.read(), file: chosen };
      const importId = await uploadFile(context.api, request);
      rememberQuery({ import: importId });
      void follow(importId);
    },
  });
  const follow = (importId: string) =>
    showImport(context, { where: progress, importId, discard: () => discard(progress, file.control) });
  const known = query.get('import');
  if (known !== null) void follow(known);
  return {
    title: 'Import',
    content: [
      element(
        'p',
        {},
        'You first see how the file is understood. When you apply it, each line becomes a separate change; an invalid line is refused without affecting the others.',
      ),
      element('div', { class: 'card' }, columns, importForm),
      progress,
    ],
  };
};

/** Forgets a preview: it expires by itself. */
function discard(where: HTMLElement, focused: HTMLElement): void {
  rememberQuery({});
  fill(where);
  focused.focus();
}

interface ShownImport {
  where: HTMLElement;
  importId: string;
  /** Called when the user does not want to apply the preview. */
  discard(): void;
}

async function showImport(context: PageContext, shown: ShownImport): Promise<void> {
  const { api, signal } = context;
  const { where, importId } = shown;
  const status = element('p', { role: 'status' });
  const facts = element('div');
  const wrong = element('div');
  const table = linesTable();
  const csv = csvDownload(context, (style) => api.download(path('imports', importId), style));
  csv.hidden = true;
  const heading = element('h2', { tabindex: '-1' }, 'Result');
  fill(where, heading, status, wrong, facts, buttonRow(csv), table.element);
  heading.focus();
  let pauseMs = FIRST_PAUSE_MS;
  try {
    while (!signal.aborted && where.contains(heading)) {
      const now = await api.get<ImportStatus>(path('imports', importId), { signal });
      draw(now, status, table);
      csv.hidden = now.lines === undefined;
      if (now.state === 'previewed') {
        say(heading, 'Preview');
        fill(facts, previewOf(context, now, shown));
        return;
      }
      if (now.state === 'done' || now.state === 'expired') {
        fill(facts, notesList(now.notes));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
    }
  } catch (error) {
    if (isAborted(error)) return;
    context.complain(wrong, error, () => void showImport(context, shown));
    if (error instanceof ApiError && !error.isPassing) say(status, '');
  }
}

/** What was understood, and the choice to apply it. A refused file has nothing to apply. */
function previewOf(context: PageContext, now: ImportStatus, shown: ShownImport): HTMLElement {
  const { importId, problem, totals = {}, rows = [], notes, expiresAt } = now;
  const count = (totals['valid'] ?? 0) + (totals['doubtful'] ?? 0);
  const wrong = element('div');
  const discardButton = button('Discard', () => shown.discard());
  const label = `Apply ${count} ${count === 1 ? 'line' : 'lines'}`;
  const applyButton = button(label, () => void apply(), { class: 'primary' });
  const isUseful = problem === undefined && count > 0;
  return element(
    'div',
    {},
    notesList(notes),
    rows.length === 0 ? undefined : element('h3', {}, 'First lines, as they were understood'),
    rows.length === 0 ? undefined : rowsTable(rows),
    wrong,
    buttonRow(isUseful ? applyButton : undefined, discardButton),
    isUseful
      ? element('p', { class: 'note' }, 'The preview can be applied until ', timeElement(expiresAt), '.')
      : undefined,
  );

  async function apply(): Promise<void> {
    if (applyButton.ariaDisabled === 'true') return;
    applyButton.ariaDisabled = 'true';
    try {
      await context.api.post(path('imports', importId, 'apply'), {});
      await showImport(context, shown);
    } catch (error) {
      applyButton.ariaDisabled = null;
      context.complain(wrong, error, () => void apply());
    }
  }
}

function notesList(notes: readonly ImportNote[] = []): HTMLElement | undefined {
  if (notes.length === 0) return undefined;
  const items = notes.map(({ message, examples = [] }) => {
    const more = examples.length > MANY_SHOWN ? ` and ${examples.length - MANY_SHOWN} more` : '';
    const shown = examples.slice(0, MANY_SHOWN).flatMap((text, i) => [i === 0 ? ' ' : ', ', element('q', {}, text)]);
    return element('li', {}, message, shown, more);
  });
  return element('ul', { 'aria-label': 'Notes on the file' }, items);
}

function rowsTable(rows: readonly ImportRow[]): HTMLElement {
  const names = Array.from(new Set(rows.flatMap(({ values }) => Object.keys(values))));
  const table = new Table<ImportRow>(
    'First lines',
    [
      { title: 'Line', cell: ({ line }) => String(line) },
      ...names.map((title) => ({ title, cell: ({ values }: ImportRow) => wrapped(textOf(values[title])) })),
    ],
    'No lines.',
  );
  table.show(rows);
  return table.element;
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function draw(
  { state, problem, totals = {}, lines = [] }: ImportStatus,
  status: HTMLElement,
  table: Table<ImportLineStatus>,
): void {
  const counts = Object.entries(totals).map(([name, count]) => `${count} ${name}`);
  const more = lines.length > MOST_ROWS ? `Showing ${MOST_ROWS} lines, failed lines first. The CSV has all lines.` : '';
  say(
    status,
    [
      problem === undefined ? STATES[state] : 'The file was refused.',
      counts.length === 0 ? '' : `${counts.join(', ')}.`,
      problem ?? '',
      more,
    ]
      .filter(Boolean)
      .join(' '),
  );
  const failedFirst = [...lines].sort((a, b) => Number(isFailed(b)) - Number(isFailed(a)) || a.line - b.line);
  table.show(failedFirst.slice(0, MOST_ROWS));
}

function isFailed({ state }: ImportLineStatus): boolean {
  return state === 'refused' || state === 'rejected' || state === 'doubtful';
}

function linesTable(): Table<ImportLineStatus> {
  return new Table<ImportLineStatus>(
    'Lines of the file',
    [
      { title: 'Line', cell: ({ line }) => String(line) },
      { title: 'State', cell: ({ state }) => badge(state, TONES[state]) },
      { title: 'Reason', cell: (line) => wrapped(sentenceOf(line)) },
    ],
    'No lines read yet.',
  );
}

/** A reason is a sentence, or the predicate of one about a column. */
function sentenceOf({ field = '', reason = '' }: ImportLineStatus): string {
  return field !== '' && /^\p{Ll}/u.test(reason) ? `${field} ${reason}` : reason;
}
