import type { Decision } from '@swipegate/contract';
import { path } from '../api/api.js';
import { csvDownload } from '../widgets/csv-download.js';
import { badge, element, link, timeElement } from '../widgets/element.js';
import { type Option, selectField, timeField } from '../widgets/fields.js';
import { type ListPage, PagedList, Table } from '../widgets/table.js';
import { hashOf, type Page } from './page.js';

const PAGE_ITEMS = 100;
const ANY: Option = { value: '', label: 'any' };
const OUTCOMES: Option[] = [ANY, ...['granted', 'denied', 'recorded'].map((value) => ({ value, label: value }))];
const TONES = { granted: 'good', denied: 'bad', recorded: 'none' } as const;

/** Swipes of an employee or a card, newest first. */
export const swipesPage: Page = async (context) => {
  const { api, params } = context;
  const { employeeId, cardId } = params;
  const [kind, id] =
    employeeId === undefined ? (['cards', cardId ?? ''] as const) : (['employees', employeeId] as const);
  const address = path(kind, id, 'events');
  const from = timeField({ name: 'from', label: 'From' });
  const to = timeField({ name: 'to', label: 'Before' });
  const outcome = selectField({ name: 'outcome', label: 'Outcome', options: OUTCOMES, isOptional: true });
  const reason = selectField({ name: 'reason', label: 'Reason', options: [ANY], isOptional: true });
  const range = () => ({ from: from.read(), to: to.read() });
  const list = new PagedList<Decision>({
    context,
    table: swipesTable(`Swipes of ${id}`),
    noun: 'swipes',
    load: async (cursor, signal) => {
      const page = await api.get<ListPage<Decision>>(address, {
        query: { ...range(), limit: PAGE_ITEMS, cursor },
        signal,
      });
      offerReasons(reason.control, page.items);
      return page;
    },
    filter: (decision) => isWanted(outcome.read(), decision.outcome) && isWanted(reason.read(), decision.reason),
  });
  for (const { control } of [outcome, reason]) control.addEventListener('change', () => list.redraw());
  const csv = csvDownload(context, (style) => api.download(address, { ...range(), ...style, limit: 1_000 }));
  await list.begin();
  return {
    title: `Swipes of ${id}`,
    content: [
      element('p', {}, kind === 'employees' ? link('Back to the employee', hashOf('employees', id)) : undefined),
      element(
        'form',
        {
          class: 'bar',
          'aria-label': 'Filter',
          onsubmit: (event) => {
            event.preventDefault();
            void list.reload();
          },
        },
        [from, to, outcome, reason].map((field) => field.element),
        element('button', {}, 'Show'),
        csv,
      ),
      element(
        'p',
        { class: 'note' },
        'Outcome and Reason filter the loaded swipes only. The CSV has the newest 1,000 swipes of the time range.',
      ),
      list.element,
    ],
  };
};

function swipesTable(caption: string): Table<Decision> {
  return new Table<Decision>(
    caption,
    [
      { title: 'Read at', cell: ({ readAt }) => timeElement(readAt) },
      { title: 'Outcome', cell: ({ outcome }) => badge(outcome, TONES[outcome]) },
      { title: 'Reason', cell: ({ reason, duress }) => `${wordsOf(reason)}${duress === true ? ', duress' : ''}` },
      { title: 'Reader', cell: ({ readerId }) => readerId },
      { title: 'Direction', cell: ({ direction }) => direction },
      { title: 'Zone', cell: ({ zoneId = '' }) => zoneId },
      { title: 'Card', cell: ({ cardId }) => cardId },
    ],
    'No swipes found.',
  );
}

function isWanted(chosen: string, value: string): boolean {
  return chosen === ANY.value || chosen === value;
}

/** Adds new reasons to the options. Existing options and the selection stay. */
function offerReasons(select: HTMLElement, decisions: readonly Decision[]): void {
  if (!(select instanceof HTMLSelectElement)) return;
  const known = new Set(Array.from(select.options, ({ value }) => value));
  for (const { reason } of decisions) {
    if (known.has(reason)) continue;
    known.add(reason);
    select.append(element('option', { value: reason }, wordsOf(reason)));
  }
}

function wordsOf(reason: string): string {
  return reason.replaceAll('-', ' ');
}
