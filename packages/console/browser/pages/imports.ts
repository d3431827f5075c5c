import type { ImportKind, ImportLineStatus, ImportStatus } from '@swipegate/contract';
import { ApiError, isAborted, path } from '../api/api.js';
import { MAX_UPLOAD_BYTES, uploadFile } from '../api/files.js';
import { csvDownload } from '../widgets/csv-download.js';
import { badge, buttonRow, element, fill, say, wrapped } from '../widgets/element.js';
import { fileField, selectField, whyField } from '../widgets/fields.js';
import { FieldError, form } from '../widgets/form.js';
import { Table } from '../widgets/table.js';
import { type Page, type PageContext, rememberQuery } from './page.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
const MOST_ROWS = 500;
const COLUMNS: Readonly<Record<ImportKind, string>> = {
  employees:
    'Columns: employeeId, name. Optional: active (true or false), accessLevelIds (separated by ; , or |; - for none). Empty cells change nothing. Other columns are ignored.',
  cards:
    'Columns: cardId, employeeId, buildingId. Optional: zoneId, validFrom, validUntil (a date such as 2026-12-31, by the building’s clock; the card is valid on its last day too). Other columns are ignored.',
};
const STATES: Readonly<Record<ImportStatus['state'], string>> = {
  'awaiting-upload': 'Waiting for the file.',
  expired: 'No file was uploaded in time. Import it again.',
  uploaded: 'The file is uploaded. Reading it…',
  settling: 'Applying the changes…',
  done: 'Done.',
};
const TONES = { refused: 'bad', rejected: 'bad', accepted: 'none', stored: 'none', applied: 'good' } as const;

/** Imports a CSV file. Each line is a separate change and is listed with its result. */
export const importPage: Page = async (context) => {
  const { query } = context;
  const progress = element('section', { 'aria-label': 'Result' });
  const kind = selectField({
    name: 'kind',
    label: 'Content of the file',
    options: [
      { value: 'employees', label: 'Employees' },
      { value: 'cards', label: 'Cards, each linked to an employee' },
    ],
  });
  const columns = element('p', { class: 'note', role: 'status' }, COLUMNS.employees);
  kind.control.addEventListener('change', () => say(columns, COLUMNS[kindOf(kind.read())]));
  const file = fileField({
    name: 'file',
    label: 'CSV file',
    hint: 'At most 2 MB and 10,000 lines, separated by comma, semicolon or tab.',
    accept: '.csv,text/csv',
  });
  const why = whyField();
  const importForm = form({
    fields: [kind, file, why],
    submitLabel: 'Import',
    async submit() {
      const chosen = file.read();
      if (chosen === undefined) throw new FieldError('file', 'Choose a file.');
      if (chosen.size === 0) throw new FieldError('file', 'The file is empty.');
      if (chosen.size > MAX_UPLOAD_BYTES) throw new FieldError('file', 'The file is larger than 2 MB. Split it.');
      const importId = await uploadFile(context.api, { kind: kindOf(kind.read()), why: why.read(), file: chosen });
      rememberQuery({ import: importId });
      void follow(context, progress, importId);
    },
  });
  const known = query.get('import');
  if (known !== null) void follow(context, progress, known);
  return {
    title: 'Import',
    content: [
      element('p', {}, 'Each line becomes a separate change. An invalid line is refused without affecting the others.'),
      element('div', { class: 'card' }, columns, importForm),
      progress,
    ],
  };
};

function kindOf(text: string): ImportKind {
  return text === 'cards' ? 'cards' : 'employees';
}

async function follow(context: PageContext, where: HTMLElement, importId: string): Promise<void> {
  const { api, signal } = context;
  const status = element('p', { role: 'status' });
  const wrong = element('div');
  const table = linesTable();
  const csv = csvDownload(context, (style) => api.download(path('imports', importId), style));
  csv.hidden = true;
  const heading = element('h2', { tabindex: '-1' }, 'Result');
  fill(where, heading, status, wrong, buttonRow(csv), table.element);
  heading.focus();
  let pauseMs = FIRST_PAUSE_MS;
  try {
    while (!signal.aborted && where.contains(heading)) {
      const now = await api.get<ImportStatus>(path('imports', importId), { signal });
      draw(now, status, table);
      csv.hidden = now.lines === undefined;
      if (now.state === 'done' || now.state === 'expired') return;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
    }
  } catch (error) {
    if (isAborted(error)) return;
    context.complain(wrong, error, () => void follow(context, where, importId));
    if (error instanceof ApiError && !error.isPassing) say(status, '');
  }
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
  return state === 'refused' || state === 'rejected';
}

function linesTable(): Table<ImportLineStatus> {
  return new Table<ImportLineStatus>(
    'Lines of the file',
    [
      { title: 'Line', cell: ({ line }) => String(line) },
      { title: 'State', cell: ({ state }) => badge(state, TONES[state]) },
      { title: 'Field', cell: ({ field = '' }) => field },
      { title: 'Reason', cell: ({ reason = '' }) => wrapped(reason) },
    ],
    'No lines read yet.',
  );
}
