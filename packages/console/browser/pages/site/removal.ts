import { path } from '../../api/api.js';
import type { ChangeTracker } from '../../widgets/change-tracker.js';
import { showNotice } from '../../widgets/dialog.js';
import { type Child, element, link } from '../../widgets/element.js';
import { hashOf, type PageContext } from '../page.js';

/** Answer of GET /v1/KIND/ID/dependents. */
interface Dependents {
  zones: string[];
  readers: string[];
  accessLevels: string[];
  /** Number of employees with an access level. */
  employees: number;
  peopleInside: number;
}

export interface Removal {
  kind: 'buildings' | 'zones' | 'access-levels' | 'schedules' | 'readers';
  id: string;
  /** With its kind: "the zone Offices". */
  name: string;
  version: string;
  settled(): void;
}

const CONSEQUENCES: Readonly<Record<Removal['kind'], string>> = {
  buildings: 'Nothing depends on it.',
  zones: 'Nothing depends on it, and no one is inside.',
  'access-levels': 'Nobody has it.',
  schedules: 'No access level uses it.',
  readers:
    'Its keys stop working, and the door no longer answers its swipes. To replace a device, issue a new key instead.',
};

/**
 * Shows what depends on an entry and what to do about it; if nothing does, asks for the reason of its removal.
 * @param wrong where an error is shown
 */
export async function askRemoval(
  context: PageContext,
  tracker: ChangeTracker,
  wrong: HTMLElement,
  removal: Removal,
): Promise<void> {
  wrong.replaceChildren();
  try {
    await ask(context, tracker, removal);
  } catch (error) {
    context.complain(wrong, error, () => void askRemoval(context, tracker, wrong, removal));
  }
}

async function ask({ api, signal }: PageContext, tracker: ChangeTracker, removal: Removal): Promise<void> {
  const { kind, id, name, version, settled } = removal;
  const used = await api.get<Dependents>(path(kind, id, 'dependents'), { signal });
  const reasons = reasonsOf(kind, used);
  if (reasons.length > 0) {
    await showNotice(`${name[0]?.toUpperCase()}${name.slice(1)} is in use`, [
      element('p', {}, 'It can be removed when nothing depends on it any more:'),
      element('ul', {}, reasons),
    ]);
    return;
  }
  await tracker.ask({
    title: `Remove ${name}`,
    text: CONSEQUENCES[kind],
    submitLabel: 'Remove',
    isDanger: true,
    request: (why) => ({ method: 'DELETE', path: path(kind, id), query: { why }, expects: version }),
    settled,
  });
}

function reasonsOf(
  kind: Removal['kind'],
  { zones, readers, accessLevels, employees, peopleInside }: Dependents,
): HTMLElement[] {
  const reasons: HTMLElement[] = [];
  const add = (...content: Child[]) => reasons.push(element('li', {}, ...content));
  if (peopleInside > 0) {
    add(
      `${counted(peopleInside, 'person is', 'people are')} inside. Let them swipe out, or mark them as outside on the page `,
      link('People inside', hashOf('muster')),
      '.',
    );
  }
  if (readers.length > 0) {
    const links = readers.map((id, i) => [i === 0 ? '' : ', ', link(id, hashOf('site', 'readers', id))]);
    add(`${counted(readers.length, 'reader', 'readers')}: `, links, '. Remove them, or edit where they lead.');
  }
  if (zones.length > 0) {
    const advice = kind === 'buildings' ? 'Remove them.' : 'Remove them, or edit what surrounds them.';
    add(`${counted(zones.length, 'zone', 'zones')}: ${zones.join(', ')}. ${advice}`);
  }
  if (accessLevels.length > 0) {
    const text = `${counted(accessLevels.length, 'access level', 'access levels')}: ${accessLevels.join(', ')}.`;
    const advice = kind === 'schedules' ? 'Give them another schedule' : 'Edit them so that they do not open it';
    add(`${text} ${advice}, or remove them.`);
  }
  if (employees > 0) {
    add(
      `${counted(employees, 'employee has', 'employees have')} it. Remove it from them on the page `,
      link('Employees', hashOf('employees')),
      '.',
    );
  }
  return reasons;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
