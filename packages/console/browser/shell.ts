import { button, element, fill, link, place } from './element.js';
import type { Me } from './page-context.js';
import { hashOf } from './router.js';

/** The pages that everybody has a link to, who may do what they are for. */
const PAGES = [
  { title: 'Employees', path: 'employees', needs: 'employees.read' },
  { title: 'Who is inside', path: 'muster', needs: 'muster.read' },
  { title: 'Site', path: 'site', needs: 'site.read' },
  { title: 'Changes', path: 'changes', needs: 'events.read' },
  { title: 'Import', path: 'imports', needs: 'imports.write' },
] as const;

/** Draws what is around every page: where to go, and who is signed in. */
export function drawShell(me: Me, signOut: () => void): void {
  const links = PAGES.filter(({ needs }) => me.actions.includes(needs));
  fill(
    place('pages'),
    element(
      'ul',
      {},
      links.map(({ title, path }) => element('li', {}, link(title, hashOf(path)))),
    ),
  );
  fill(
    place('account'),
    element(
      'span',
      {},
      element('strong', {}, me.userName),
      ' ',
      element('span', { class: 'soft' }, `${me.roles.join(', ')} of ${me.tenantId}`),
    ),
    button('Sign out', signOut),
  );
}

/** What who is not signed in sees. @param told why, where something went wrong */
export function drawSignIn(told: string | undefined, signIn: () => void): void {
  fill(place('pages'));
  fill(place('account'));
  fill(
    place('main'),
    element(
      'div',
      { class: 'card sign-in' },
      element('h1', {}, 'Swipegate console'),
      element('p', {}, 'People, their cards, doors and keys. Sign in with your account of your organisation.'),
      told === undefined ? undefined : element('p', { class: 'alert', role: 'alert' }, told),
      button('Sign in', signIn, { class: 'primary' }),
    ),
  );
}
