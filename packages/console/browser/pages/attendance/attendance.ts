import type { AccessLevel, Building } from '@swipegate/contract';
import type { AttendanceEntry } from '@swipegate/contract/back-office/attendance';
import { attendanceTable, hoursOf } from '@swipegate/contract/back-office/attendance-table';
import { CSV_SEPARATORS, csvText } from '@swipegate/contract/values/csv-text';
import { namesIn } from '@swipegate/contract/values/names-in';
import type { Download, Query } from '../../api/api.js';
import { csvDownload } from '../../widgets/csv-download.js';
import { badge, type Child, element, link } from '../../widgets/element.js';
import { dayField, type Option, selectField } from '../../widgets/fields.js';
import { type ListPage, PagedList, Table } from '../../widgets/table.js';
import { hashOf, type Page, rememberQuery } from '../page.js';

/** People in a page: each is a query of its own. */
const PAGE_PEOPLE = 50;
const CSV_PEOPLE = 100;
const ALL: Option = { value: '', label: 'all' };
const LINES: Option[] = [
  { value: 'building', label: 'building' },
  { value: 'zone', label: 'zone' },
];

/** First in, last out and hours of each person and day. With `employee` in the query, of one person. */
export const attendancePage: Page = async (context) => {
  const { api, query, signal } = context;
  const employee = query.get('employee') ?? undefined;
  const [buildings, levels] = await Promise.all([
    api.get<{ items: Building[] }>('/v1/buildings', { signal }),
    api.get<{ items: AccessLevel[] }>('/v1/access-levels', { signal }),
  ]);
  const today = localDay(new Date());
  const from = dayField({ name: 'from', label: 'First day', value: query.get('from') ?? `${today.slice(0, 8)}01` });
  const to = dayField({ name: 'to', label: 'Last day', value: query.get('to') ?? today });
  const building = selectField({
    name: 'building',
    label: 'Building',
    options: [ALL, ...buildings.items.map(({ buildingId, name }) => ({ value: buildingId, label: name }))],
    value: query.get('building') ?? ALL.value,
    isOptional: true,
  });
  const accessLevel = selectField({
    name: 'accessLevel',
    label: 'People with access level',
    options: [ALL, ...levels.items.map(({ accessLevelId }) => ({ value: accessLevelId, label: accessLevelId }))],
    value: query.get('accessLevel') ?? ALL.value,
    isOptional: true,
  });
  const by = selectField({ name: 'by', label: 'A line of the CSV for each', options: LINES });
  const chosen = () => ({
    from: from.read(),
    to: to.read(),
    building: building.read() || undefined,
    ...(employee === undefined ? { accessLevel: accessLevel.read() || undefined } : { employee }),
  });
  const load = (limit: number) => (cursor: string | undefined, listSignal: AbortSignal) =>
    api.get<ListPage<AttendanceEntry>>('/v1/attendance', { query: { ...chosen(), limit, cursor }, signal: listSignal });
  const list = new PagedList<AttendanceEntry>({
    context,
    table: attendanceList(),
    noun: 'days',
    load: load(PAGE_PEOPLE),
  });
  const save = async (style: Query): Promise<Download> => {
    const items: AttendanceEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await load(CSV_PEOPLE)(cursor, signal);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    const { columns, rows } = attendanceTable(items, by.read() === 'zone' ? 'zone' : 'building');
    const separator = namesIn(CSV_SEPARATORS).find((name) => name === style['separator']);
    const text = csvText(columns, rows, { separator, bom: true });
    return { content: new Blob([text], { type: 'text/csv' }), fileName: `attendance-${from.read()}-${to.read()}.csv` };
  };
  await list.begin();
  const fields = [from, to, building, ...(employee === undefined ? [accessLevel] : [])];
  return {
    title: employee === undefined ? 'Attendance' : `Attendance of ${employee}`,
    content: [
      employee === undefined
        ? undefined
        : element('p', {}, link('Back to the employee', hashOf('employees', employee))),
      element(
        'form',
        {
          class: 'bar',
          'aria-label': 'Filter',
          onsubmit: (event) => {
            event.preventDefault();
            rememberQuery(chosen());
            void list.reload();
          },
        },
        fields.map((field) => field.element),
        element('button', {}, 'Show'),
      ),
      element('div', { class: 'bar' }, by.element, csvDownload(context, save)),
      element(
        'p',
        { class: 'note' },
        'A visit belongs to the day on which it began, by the clock of the building. The time that a missing swipe would ' +
          'bound does not count. At most 31 days.',
      ),
      list.element,
    ],
  };
};

function attendanceList(): Table<AttendanceEntry> {
  return new Table<AttendanceEntry>(
    'Attendance',
    [
      { title: 'Name', cell: ({ name, employeeId }) => link(name || employeeId, hashOf('employees', employeeId)) },
      { title: 'Day', cell: ({ day }) => day },
      { title: 'Building', cell: ({ buildingId }) => buildingId },
      { title: 'First in', cell: ({ firstIn, day }) => wallTime(firstIn, day) },
      { title: 'Last out', cell: ({ lastOut, day }) => wallTime(lastOut, day) },
      { title: 'Hours', cell: hoursOf },
      { title: 'By zone', cell: ({ zones }) => zones.map((zone) => `${zone.zoneId} ${hoursOf(zone)}`).join(', ') },
      { title: 'Missing', cell: missing },
    ],
    'No visits found.',
  );
}

/** The time on the building's wall, whatever the time zone of this machine. */
function wallTime(time: string | undefined, day: string): Child {
  if (time === undefined) return '';
  const [date, clock] = [time.slice(0, 10), time.slice(11, 16)];
  return element('time', { datetime: time, title: time }, date === day ? clock : `${clock} on ${date}`);
}

function missing({ missingIn, missingOut, isInside }: AttendanceEntry): Child[] {
  return [
    missingIn === 0 ? undefined : badge(`${missingIn} in`, 'bad'),
    missingOut === 0 ? undefined : badge(`${missingOut} out`, 'bad'),
    isInside ? badge('still inside', 'good') : undefined,
  ];
}

/** A day on this machine's calendar, such as 2026-11-25. */
function localDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
