import type { Building, Muster, MusterEntry, RollCallList } from '@swipegate/contract';
import { isAborted, path } from '../../api/api.js';
import { ChangeTracker } from '../../widgets/change-tracker.js';
import { csvDownload } from '../../widgets/csv-download.js';
import { button, element, fill, link, say, timeElement, timeText } from '../../widgets/element.js';
import { selectField } from '../../widgets/fields.js';
import { Table } from '../../widgets/table.js';
import { hashOf, type Page, rememberQuery, repeat } from '../page.js';
import { askRollCall } from './roll-call.js';

const EVERY_MS = 2_000;

/** The people inside a building, refreshed every two seconds. */
export const musterPage: Page = async (context) => {
  const { api, signal, query } = context;
  const { items: buildings } = await api.get<{ items: Building[] }>('/v1/buildings', { signal });
  const building = selectField({
    name: 'building',
    label: 'Building',
    options: buildings.map(({ buildingId, name }) => ({ value: buildingId, label: name })),
    value: query.get('building') ?? buildings[0]?.buildingId,
  });
  // A screen reader announces the count when it changes. The time has no role, because it changes at every refresh.
  const count = element('p', { class: 'figure', role: 'status' });
  const asOf = element('p', { class: 'note' });
  const wrong = element('div');
  const tracker = new ChangeTracker(api, signal);
  const table = musterTable(
    context.may('muster.write') ? (person) => void markOutside(tracker, person, read) : undefined,
  );
  const address = () => path('buildings', building.read(), 'muster');
  let isBroken = false;

  const read = async (): Promise<void> => {
    const buildingId = building.read();
    try {
      const muster = await api.get<Muster>(address(), { signal });
      // The user may have chosen another building in the meantime.
      if (muster.buildingId === building.read()) draw(muster);
      if (isBroken) fill(wrong);
      isBroken = false;
    } catch (error) {
      if (isAborted(error) || buildingId !== building.read()) return;
      if (!isBroken) context.complain(wrong, error, () => void read());
      isBroken = true;
      say(asOf, `${asOf.textContent?.replace(/ Not updated since\.$/, '')} Not updated since.`);
    }
  };
  const draw = ({ people, asOf: time, namesMissing, cardsMissing }: Muster): void => {
    say(count, `${people.length} inside`);
    const missing = [
      ...(namesMissing === true ? [' The names could not be read.'] : []),
      ...(cardsMissing === true ? [' The states of the cards could not be read.'] : []),
    ];
    say(asOf, `As of ${timeText(time)}.${missing.join('')}`);
    table.update(people);
  };
  building.control.addEventListener('change', () => {
    rememberQuery({ building: building.read() });
    void read();
  });
  if (buildings.length > 0) {
    await read();
    void repeat(read, { everyMs: EVERY_MS, signal });
  }
  const openRollCalls = element('div');
  const showRollCalls = async (): Promise<void> => {
    const { items } = await api.get<RollCallList>('/v1/roll-calls', { signal });
    const open = items.filter(({ endedAt }) => endedAt === undefined);
    const links = open.map(({ rollCallId, buildingId, why }) =>
      element('li', {}, link(`Roll call of ${buildingId}: ${why}`, hashOf('muster', rollCallId))),
    );
    fill(openRollCalls, links.length === 0 ? undefined : element('ul', { class: 'plain' }, links));
  };
  // The list of the people must not wait for it.
  showRollCalls().catch((error: unknown) => {
    if (!isAborted(error)) context.complain(openRollCalls, error, () => void showRollCalls());
  });
  const start =
    buildings.length > 0 && context.may('muster.write')
      ? button('Start a roll call', () => void askRollCall(api, building.read()))
      : undefined;
  const csv = csvDownload(context, (style) => api.download(address(), style));
  return {
    title: 'People inside',
    content: [
      element('div', { class: 'bar' }, building.element, start, csv),
      openRollCalls,
      wrong,
      count,
      asOf,
      table.element,
    ],
  };
};

/** Asks for the reason, and marks a person who left without a swipe as outside. */
function markOutside(
  tracker: ChangeTracker,
  { name, employeeId, cardId }: MusterEntry,
  settled: () => Promise<void>,
): Promise<void> {
  const title = `Mark as outside: ${name ?? employeeId ?? cardId}`;
  return tracker.ask({
    title,
    text: 'They leave the list, and can enter again. Do this only if you know that they are outside.',
    submitLabel: 'Mark as outside',
    isDanger: true,
    request: (why) => ({ method: 'POST', path: path('cards', cardId, 'outside'), body: { why } }),
    settled: () => void settled(),
  });
}

function musterTable(mark?: (person: MusterEntry) => void): Table<MusterEntry> {
  return new Table<MusterEntry>(
    'People inside',
    [
      {
        title: 'Name',
        cell: ({ name, employeeId, cardId }) => {
          const shown = name ?? employeeId ?? cardId;
          return employeeId === undefined ? shown : link(shown, hashOf('employees', employeeId));
        },
      },
      { title: 'Employee id', cell: ({ employeeId = 'not linked' }) => employeeId },
      {
        title: 'Card',
        cell: ({ cardId, cardState }) => (cardState === undefined ? cardId : `${cardId} (${cardState})`),
      },
      { title: 'Zone', cell: ({ zoneId }) => zoneId },
      { title: 'Since', cell: ({ since }) => timeElement(since) },
      { title: 'Last seen at', cell: lastSeen },
      ...(mark === undefined
        ? []
        : [
            {
              title: 'Left?',
              cell: (person: MusterEntry) => button('Mark as outside', () => mark(person), { class: 'quiet' }),
            },
          ]),
    ],
    'No one is inside.',
  );
}

function lastSeen({ readerId, direction }: MusterEntry): string {
  return readerId === undefined || direction === undefined ? 'not known' : `${readerId} (${direction})`;
}
