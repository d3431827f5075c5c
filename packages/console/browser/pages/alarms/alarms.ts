import type { Alarm, AlarmStatus, Reader, SilentReader } from '@swipegate/contract';
import { ALARM_GUIDE } from '@swipegate/contract/wire/alarm-guide';
import { ALARM_FILTERS, type AlarmAction, type AlarmState, takesAction } from '@swipegate/contract/wire/alarm-state';
import { type Api, isAborted, path } from '../../api/api.js';
import { askForm } from '../../widgets/dialog.js';
import { badge, button, buttonRow, element, fill, say, timeElement, timeText, wrapped } from '../../widgets/element.js';
import { areaField, checkField, selectField } from '../../widgets/fields.js';
import { type ListPage, Table } from '../../widgets/table.js';
import { type Page, rememberQuery, repeat } from '../page.js';
import { AlarmSound } from './alarm-sound.js';

const EVERY_MS = 5_000;
const DAY_MS = 86_400_000;
/** The list reaches back this far. The API reaches further. */
const SHOWN_DAYS = 7;
/** Alarms read at most. */
const MOST = 2_000;
const PAGE_ITEMS = 500;

const TONES = { open: 'bad', acknowledged: 'warn', closed: 'none' } as const satisfies Record<AlarmState, string>;
const ORDER = { open: 0, acknowledged: 1, closed: 2 } as const satisfies Record<AlarmState, number>;
const ACTIONS = [
  { action: 'acknowledge', label: 'Acknowledge' },
  { action: 'close', label: 'Close' },
  { action: 'reopen', label: 'Open again' },
] as const satisfies readonly { action: AlarmAction; label: string }[];

/** Alarms of the last days, open ones first, read again every five seconds. */
export const alarmsPage: Page = async (context) => {
  const { api, gateway, signal, query, me } = context;
  if (gateway === undefined) {
    const why = 'This console knows no gateway. Add gatewayUrl to its config.json.';
    return { title: 'Alarms', content: [element('p', {}, why)] };
  }
  const readers = await api.get<{ items: Reader[] }>('/v1/readers', { signal });
  const doors = new Map(readers.items.map(({ readerId, door }) => [readerId, door]));
  const doorOf = (readerId: string) => doors.get(readerId) ?? readerId;
  const filter = selectField({
    name: 'state',
    label: 'State',
    options: ALARM_FILTERS.map((value) => ({ value, label: value.replace('-', ' ') })),
    value: query.get('state') ?? 'not-closed',
  });
  const sound = new AlarmSound();
  const isLoud = checkField({ name: 'sound', label: 'Sound for new alarms', value: sound.isOn });
  isLoud.control.addEventListener('change', () => sound.turn(isLoud.read()));
  signal.addEventListener('abort', () => sound.stop());
  // A screen reader announces the count when it changes.
  const count = element('p', { class: 'figure', role: 'status' });
  const asOf = element('p', { class: 'note' });
  const wrong = element('div');
  let known: Set<string> | undefined;
  let isBroken = false;

  const read = async (): Promise<void> => {
    const state = filter.read();
    try {
      const [alarms, silent] = await Promise.all([
        alarmsIn(gateway, state, signal),
        gateway.get<{ items: SilentReader[] }>('/v1/readers/silent', { signal }),
      ]);
      // The user may have chosen another state in the meantime.
      if (state !== filter.read()) return;
      const open = alarms.filter((alarm) => alarm.state === 'open');
      if (known !== undefined && open.some((alarm) => known?.has(nameOf(alarm)) === false)) sound.play();
      known = new Set([...(known ?? []), ...open.map(nameOf)]);
      table.update(alarms.toSorted((a, b) => ORDER[a.state] - ORDER[b.state]));
      silentTable.update(silent.items);
      const shown = state === 'not-closed' || state === 'open' ? `${open.length} open` : `${alarms.length} ${state}`;
      say(count, shown);
      say(asOf, `As of ${timeText(new Date().toISOString())}. The last ${SHOWN_DAYS} days.`);
      if (isBroken) fill(wrong);
      isBroken = false;
    } catch (error) {
      if (isAborted(error) || signal.aborted) return;
      if (!isBroken) context.complain(wrong, error, () => void read());
      isBroken = true;
      say(asOf, `${asOf.textContent?.replace(/ Not updated since\.$/, '')} Not updated since.`);
    }
  };
  const handle = async (alarm: Alarm, action: AlarmAction, label: string): Promise<void> => {
    const { title, todo } = ALARM_GUIDE[alarm.type];
    const note = areaField({
      name: 'note',
      label: 'Note',
      isOptional: action === 'acknowledge',
      hint: 'For those who read the alarm later, at most 500 characters.',
      rows: 2,
      minLength: action === 'acknowledge' ? 0 : 1,
      maxLength: 500,
    });
    const sent = await askForm<AlarmStatus>({
      title: `${label}: ${title}, ${doorOf(alarm.readerId)}`,
      text: todo,
      fields: [note],
      submitLabel: label,
      submit: () => {
        const text = note.read();
        return gateway.post<AlarmStatus>(path('alarms', alarm.readerId, alarm.eventId, action), {
          ...(text === '' ? {} : { note: text }),
        });
      },
    });
    if (sent !== undefined) context.announce(`The alarm is ${sent.state}.`);
    await read();
  };
  const table = alarmTable({
    doorOf,
    who: (by) => (by === me.userId ? `${me.userName} (you)` : by),
    ...(context.may('alarms.handle') && { handle: (alarm, action, label) => void handle(alarm, action, label) }),
  });
  const silentTable = new Table<SilentReader>(
    'Silent readers',
    [
      { title: 'Door', cell: ({ door }) => door },
      { title: 'Reader', cell: ({ readerId }) => readerId },
      { title: 'Last heard', cell: ({ heardAt }) => (heardAt === null ? 'never' : timeElement(heardAt)) },
    ],
    'Every reader was heard from in the last 15 minutes.',
  );
  filter.control.addEventListener('change', () => {
    rememberQuery({ state: filter.read() });
    known = undefined;
    void read();
  });
  await read();
  // A guard who looks at another window hears the sound.
  void repeat(read, { everyMs: EVERY_MS, isInBackground: true, signal });
  return {
    title: 'Alarms',
    content: [
      element('div', { class: 'bar' }, filter.element, isLoud.element),
      wrong,
      count,
      asOf,
      table.element,
      element('h2', {}, 'Silent readers'),
      element('p', { class: 'note' }, 'Readers without a swipe or a sign of life for 15 minutes.'),
      silentTable.element,
    ],
  };
};

function nameOf({ readerId, eventId }: Alarm): string {
  return `${readerId} ${eventId}`;
}

async function alarmsIn(gateway: Api, state: string, signal: AbortSignal): Promise<Alarm[]> {
  const from = new Date(Date.now() - SHOWN_DAYS * DAY_MS).toISOString();
  const alarms: Alarm[] = [];
  let cursor: string | undefined;
  do {
    const query = { state, from, limit: PAGE_ITEMS, cursor };
    const page: ListPage<Alarm> = await gateway.get<ListPage<Alarm>>('/v1/alarms', { query, signal });
    alarms.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && alarms.length < MOST);
  return alarms;
}

interface AlarmTableOptions {
  doorOf(readerId: string): string;
  who(by: string): string;
  /** Undefined: the user may only read. */
  handle?: (alarm: Alarm, action: AlarmAction, label: string) => void;
}

function alarmTable({ doorOf, who, handle }: AlarmTableOptions): Table<Alarm> {
  return new Table<Alarm>(
    'Alarms',
    [
      { title: 'Alarm', cell: ({ type }) => ALARM_GUIDE[type].title },
      { title: 'State', cell: ({ state }) => badge(state, TONES[state]) },
      { title: 'Door', cell: ({ readerId }) => doorOf(readerId) },
      { title: 'Time', cell: ({ occurredAt }) => timeElement(occurredAt) },
      { title: 'Do this', cell: ({ type, detail = '' }) => wrapped(`${ALARM_GUIDE[type].todo} ${detail}`.trim()) },
      {
        title: 'Handled',
        cell: ({ steps }) =>
          steps.map(({ state, at, by, note }) =>
            element('div', {}, `${state} by ${who(by)}, `, timeElement(at), note === undefined ? '' : `: ${note}`),
          ),
      },
      ...(handle === undefined
        ? []
        : [
            {
              title: 'Handle',
              cell: (alarm: Alarm) =>
                buttonRow(
                  ...ACTIONS.filter(({ action }) => takesAction(alarm.state, action)).map(({ action, label }) =>
                    button(label, () => handle(alarm, action, label), { class: 'quiet' }),
                  ),
                ),
            },
          ]),
    ],
    'No alarm in this state.',
  );
}
