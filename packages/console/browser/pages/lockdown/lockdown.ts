import type { AccessLevel, Building, Lock, Lockdown, LockdownList, Zone } from '@swipegate/contract';
import { path } from '../../api/api.js';
import { ChangeTracker } from '../../widgets/change-tracker.js';
import { button, buttonRow, element, timeElement } from '../../widgets/element.js';
import { selectField } from '../../widgets/fields.js';
import { Table } from '../../widgets/table.js';
import type { Page } from '../page.js';
import { LOCKDOWN_CHANGED } from './lockdown-banner.js';

interface Names {
  buildings: readonly Building[];
  zones: readonly Zone[];
  accessLevels: readonly AccessLevel[];
}

/** No id has these forms. An empty value would count as no choice. */
const SITE = 'site';
const NOBODY = '/nobody';
const CONSEQUENCE =
  'Doors are locked within a second, those in mode free too. Going out stays free. It lasts until somebody ends it.';

/** The lockdowns in force, with the actions that start and end them. */
export const lockdownPage: Page = async (context) => {
  const { api, signal, may } = context;
  const items = <Item>(kind: string) => api.get<{ items: Item[] }>(`/v1/${kind}`, { signal });
  const [buildings, zones, accessLevels] = await Promise.all([
    items<Building>('buildings'),
    items<Zone>('zones'),
    items<AccessLevel>('access-levels'),
  ]);
  const names: Names = { buildings: buildings.items, zones: zones.items, accessLevels: accessLevels.items };
  const tracker = new ChangeTracker(api, signal);
  const wrong = element('div');
  const isAllowed = may('lockdown.set');
  const table = lockdownTable(names, isAllowed ? (lockdown) => void askEnd(tracker, lockdown, settled) : undefined);
  let levels: readonly string[] = [];
  const read = async (): Promise<void> => {
    const list = await api.get<LockdownList>('/v1/lockdowns', { signal });
    levels = list.levels;
    table.update(list.items);
  };
  const settled = (): void => {
    dispatchEvent(new Event(LOCKDOWN_CHANGED));
    read().catch((error) => context.complain(wrong, error, settled));
  };
  await read();
  const setLevel = button('Set a threat level', () => void askLevel(tracker, levels, settled));
  const buttons = [
    button('Lock down', () => void askLockdown(tracker, names, settled), { class: 'danger' }),
    levels.length === 0 ? undefined : setLevel,
  ];
  return {
    title: 'Lockdown',
    content: [wrong, isAllowed ? buttonRow(...buttons) : undefined, tracker.element, table.element],
  };
};

function lockdownTable({ zones, buildings }: Names, end?: (lockdown: Lockdown) => void): Table<Lockdown> {
  return new Table<Lockdown>(
    'Lockdowns in force',
    [
      {
        title: 'Locked',
        cell: ({ level, locks }) => [level === undefined ? '' : `Threat level ${level}: `, where(locks)],
      },
      { title: 'May pass', cell: ({ locks }) => locks.map((lock) => lock.accessLevelId ?? 'nobody').join(', ') },
      { title: 'Why', cell: ({ why }) => why },
      { title: 'By', cell: ({ by }) => by.userName },
      { title: 'Since', cell: ({ since }) => timeElement(since) },
      ...(end === undefined
        ? []
        : [{ title: 'Over?', cell: (lockdown: Lockdown) => button('End', () => end(lockdown), { class: 'quiet' }) }]),
    ],
    'Nothing is locked down.',
  );

  function where(locks: readonly Lock[]): string {
    return locks.map((lock) => nameOfLock(lock, zones, buildings)).join(', ');
  }
}

function nameOfLock({ buildingId, zoneId }: Lock, zones: readonly Zone[], buildings: readonly Building[]): string {
  if (zoneId !== undefined) return zones.find((zone) => zone.zoneId === zoneId)?.name ?? zoneId;
  if (buildingId === undefined) return 'the whole site';
  return buildings.find((building) => building.buildingId === buildingId)?.name ?? buildingId;
}

function askLockdown(
  tracker: ChangeTracker,
  { buildings, zones, accessLevels }: Names,
  settled: () => void,
): Promise<void> {
  const scope = selectField({
    name: 'locks',
    label: 'Lock',
    options: [
      { value: SITE, label: 'The whole site' },
      {
        label: 'A building',
        options: buildings.map(({ buildingId, name }) => ({ value: `buildingId/${buildingId}`, label: name })),
      },
      {
        label: 'A zone, with the zones within it',
        options: zones.map(({ zoneId, name, buildingId }) => ({
          value: `zoneId/${zoneId}`,
          label: `${name}, ${nameOfLock({ buildingId }, zones, buildings)}`,
        })),
      },
    ],
  });
  const group = selectField({
    name: 'accessLevelId',
    label: 'May still pass',
    hint: 'Cardholders with this access level pass under the usual rules.',
    options: [
      { value: NOBODY, label: 'Nobody' },
      ...accessLevels.map(({ accessLevelId: id }) => ({ value: id, label: `Cardholders with ${id}` })),
    ],
  });
  return tracker.ask({
    title: 'Lock down',
    text: CONSEQUENCE,
    fields: [scope, group],
    submitLabel: 'Lock down',
    isDanger: true,
    request: (why) => {
      const [member = '', id] = scope.read().split('/');
      const lock = {
        ...(id === undefined ? {} : { [member]: id }),
        ...(group.read() === NOBODY ? {} : { accessLevelId: group.read() }),
      };
      return { method: 'POST', path: path('lockdowns'), body: { locks: [lock], why } };
    },
    settled,
  });
}

function askLevel(tracker: ChangeTracker, levels: readonly string[], settled: () => void): Promise<void> {
  const options = levels.map((level) => ({ value: level, label: level }));
  const level = selectField({ name: 'level', label: 'Threat level', options });
  return tracker.ask({
    title: 'Set a threat level',
    text: `It replaces the level in force, if there is one. ${CONSEQUENCE}`,
    fields: [level],
    submitLabel: 'Set the level',
    isDanger: true,
    request: (why) => ({ method: 'POST', path: path('lockdowns'), body: { level: level.read(), why } }),
    settled,
  });
}

function askEnd(tracker: ChangeTracker, { lockdownId, level }: Lockdown, settled: () => void): Promise<void> {
  return tracker.ask({
    title: level === undefined ? 'End the lockdown' : `End threat level ${level}`,
    text: 'Each door has its own mode again within a second, unless another lockdown covers it.',
    submitLabel: 'End it',
    request: (why) => ({ method: 'DELETE', path: path('lockdowns', lockdownId), query: { why } }),
    settled,
  });
}
