import type { MusterEntry, RollCall, RollCallView, TicksTaken } from '@swipegate/contract';
import {
  countedTicks,
  isSought,
  type RollCallState,
  rollCallState,
  type TickState,
} from '@swipegate/contract/back-office/roll-call-state';
import { ApiError, isAborted, path } from '../../api/api.js';
import { csvDownload } from '../../widgets/csv-download.js';
import { askForm } from '../../widgets/dialog.js';
import { badge, button, element, fill, say, timeText } from '../../widgets/element.js';
import { searchInput, selectField, textField, whyField } from '../../widgets/fields.js';
import { Table } from '../../widgets/table.js';
import { type Page, repeat } from '../page.js';
import { KeptRollCall } from './kept-roll-call.js';

const EVERY_MS = 2_000;
/** The API takes at most this many ticks a request. */
const TICKS_PER_REQUEST = 100;
/** Rows on the screen; a search finds the others. */
const MOST_ROWS = 200;

const WORDS: Readonly<Record<RollCallState, [text: string, tone: 'good' | 'warn' | 'bad' | 'none']>> = {
  safe: ['safe', 'good'],
  left: ['swiped out', 'good'],
  missing: ['missing', 'bad'],
  'not-seen': ['not seen', 'warn'],
};

interface Person {
  cardId: string;
  name: string;
  about: string;
  state: RollCallState;
  ticked: string;
}

/** A roll call on a warden's telephone. Ticks wait in the browser while there is no network. */
export const rollCallPage: Page = async (context) => {
  const { api, me, signal, params } = context;
  const { rollCallId = '' } = params;
  const address = path('roll-calls', rollCallId);
  const kept = new KeptRollCall(me.userId, rollCallId);
  const count = element('p', { class: 'figure', role: 'status' });
  const progress = element('progress', { 'aria-label': 'Accounted for' });
  const asOf = element('p', { class: 'note' });
  const waits = element('p', { class: 'caution', role: 'status' });
  const more = element('p', { class: 'note' });
  const wrong = element('div');
  const search = searchInput(null);
  search.setAttribute('aria-label', 'Search by name, id or zone');
  const shown = selectField({
    name: 'shown',
    label: 'Show',
    options: [
      { value: 'sought', label: 'Still sought' },
      { value: 'all', label: 'Everyone' },
    ],
    value: 'sought',
  });
  const where = textField({ name: 'where', label: 'Assembly point', isOptional: true, maxLength: 64 });
  const mayTick = context.may('muster.write');
  const table = rollCallTable(mayTick ? (person, state) => tick(person, state) : undefined);
  const end = button('End the roll call', () => void askEnd(), { class: 'danger' });
  let isOffline = false;
  let mostRows = MOST_ROWS;

  const draw = (): void => {
    const { view, waiting } = kept;
    if (view === undefined) return;
    const { rollCall } = view;
    const people = peopleOf(view, kept.waiting, me.userName);
    const sought = people.filter(({ state }) => isSought(state));
    say(count, sought.length === 0 ? 'Everyone is accounted for' : `${sought.length} of ${people.length} still sought`);
    progress.max = Math.max(1, people.length);
    progress.value = people.length - sought.length;
    const by = `${rollCall.why}. Started by ${rollCall.startedBy.userName}, ${timeText(rollCall.startedAt)}.`;
    const ended = rollCall.endedAt === undefined ? '' : ` Ended ${timeText(rollCall.endedAt)}.`;
    const missing = view.namesMissing === true ? ' The names could not be read.' : '';
    say(asOf, `${by}${ended} As of ${timeText(view.asOf)}.${missing}${isOffline ? ' No connection.' : ''}`);
    const noun = waiting.length === 1 ? 'tick waits' : 'ticks wait';
    say(waits, waiting.length === 0 ? '' : `${waiting.length} ${noun} on this device to be sent.`);
    end.hidden = !mayTick || rollCall.endedAt !== undefined;
    const wanted = search.value.trim().toLowerCase();
    const found = (shown.read() === 'all' || wanted !== '' ? people : sought).filter(({ name, about }) =>
      `${name} ${about}`.toLowerCase().includes(wanted),
    );
    table.update(found.slice(0, mostRows));
    say(more, found.length > mostRows ? `And ${found.length - mostRows} more. Search by name, id or zone.` : '');
  };

  const tick = ({ cardId }: Person, state: TickState): void => {
    const point = where.read();
    const at = new Date().toISOString();
    kept.tick({ tickId: crypto.randomUUID(), cardId, state, at, ...(point === undefined ? {} : { where: point }) });
    draw();
    void sync();
  };

  const exchange = async (): Promise<void> => {
    while (kept.waiting.length > 0) {
      const ticks = kept.waiting.slice(0, TICKS_PER_REQUEST);
      await api.post<TicksTaken>(`${address}/ticks`, { ticks });
      kept.sent(ticks);
    }
    const since = kept.view?.version;
    kept.take(await api.get<RollCallView>(address, { signal, ...(since && { query: { since } }) }));
  };
  let running: Promise<void> | undefined;
  const sync = (): Promise<void> => {
    running ??= exchange()
      .then(
        () => {
          fill(wrong);
          isOffline = false;
        },
        (error: unknown) => {
          if (isAborted(error)) return;
          // Without a network, the page goes on with what it knows.
          isOffline = error instanceof ApiError && error.isPassing && kept.view !== undefined;
          if (!isOffline) context.complain(wrong, error, () => void sync());
        },
      )
      .finally(() => {
        running = undefined;
        draw();
      });
    return running;
  };

  const askEnd = async (): Promise<void> => {
    const why = whyField('All clear');
    const ended = await askForm<RollCall>({
      title: 'End the roll call',
      text: 'The list and the ticks stay for auditors. Ticks after the end do not count.',
      fields: [why],
      submitLabel: 'End the roll call',
      isDanger: true,
      submit: () => api.post<RollCall>(`${address}/end`, { why: why.read() }),
    });
    if (ended !== undefined) await sync();
  };

  search.addEventListener('input', draw);
  shown.control.addEventListener('change', draw);
  const print = button('Print', () => {
    mostRows = Number.POSITIVE_INFINITY;
    draw();
    globalThis.print();
    mostRows = MOST_ROWS;
    draw();
  });
  await sync();
  void repeat(sync, { everyMs: EVERY_MS, signal });
  const csv = csvDownload(context, (style) => api.download(address, style));
  const { buildingId = '' } = kept.view?.rollCall ?? {};
  const tools = [shown.element, ...(mayTick ? [where.element] : []), print, end, csv];
  return {
    title: buildingId === '' ? 'Roll call' : `Roll call: ${buildingId}`,
    content: [
      count,
      progress,
      waits,
      wrong,
      element('search', {}, search),
      table.element,
      more,
      asOf,
      element('div', { class: 'bar' }, tools),
    ],
  };
};

/** Starts a roll call of a building, and shows it. */
export async function askRollCall(api: Parameters<Page>[0]['api'], buildingId: string): Promise<void> {
  const why = whyField();
  const started = await askForm<RollCall>({
    title: 'Start a roll call',
    text: 'Everyone who is inside now is listed. Wardens open the roll call on their telephones and tick who is safe.',
    fields: [why],
    submitLabel: 'Start the roll call',
    submit: () => api.post<RollCall>('/v1/roll-calls', { buildingId, why: why.read() }),
  });
  if (started !== undefined) location.hash = `#/muster/${started.rollCallId}`;
}

/** The people of a roll call, with this device's ticks that wait. */
function peopleOf(
  { people = [], arrived = [], left = [], ticks, rollCall }: RollCallView,
  waiting: KeptRollCall['waiting'],
  userName: string,
): Person[] {
  const own = waiting.map((tick) => ({ ...tick, by: { userId: '', userName: `${userName}, waits` } }));
  const open = rollCall.endedAt === undefined ? own : [];
  const counted = countedTicks([...ticks.map(({ receivedAt, ...tick }) => tick), ...open]);
  const gone = new Set(left);
  const personOf = ({ cardId, employeeId, name = employeeId ?? cardId, zoneId }: MusterEntry, hasLeft: boolean) => {
    const tick = counted.get(cardId);
    const isTicked = tick !== undefined && tick.state !== 'none';
    const point = isTicked && tick.where !== undefined ? `, ${tick.where}` : '';
    const ticked = isTicked ? `${tick.by.userName}${point}` : '';
    return { cardId, name, about: `${zoneId}, ${employeeId ?? cardId}`, state: rollCallState(tick, hasLeft), ticked };
  };
  return [
    ...people.map((person, i) => personOf(person, gone.has(i))),
    ...arrived.map((person) => personOf(person, false)),
  ];
}

function rollCallTable(tick: ((person: Person, state: TickState) => void) | undefined): Table<Person> {
  return new Table<Person>(
    'People of the roll call',
    [
      {
        title: 'Person',
        cell: ({ name, about, state, ticked }) => [
          element('strong', {}, name),
          element('div', { class: 'note' }, about),
          badge(...WORDS[state]),
          ticked === '' ? undefined : element('span', { class: 'note' }, ` ${ticked}`),
        ],
      },
      ...(tick === undefined
        ? []
        : [
            {
              title: 'Tick',
              cell: (person: Person) => {
                const { name, state, ticked } = person;
                const one = (label: string, to: TickState, kind?: string) =>
                  button(label, () => tick(person, to), { class: kind, 'aria-label': `${label}: ${name}` });
                if (state === 'left') return undefined;
                return element(
                  'div',
                  { class: 'ticks' },
                  state === 'safe' ? undefined : one('Safe', 'safe', 'primary'),
                  state === 'missing' ? undefined : one('Missing', 'missing'),
                  ticked === '' ? undefined : one('Undo', 'none'),
                );
              },
            },
          ]),
    ],
    'No one.',
  );
}
