import { button, element, fill, link, place } from './element.js';
import type { Me } from './page-context.js';
import { hashOf } from './router.js';

/** Pages in the menu. Each link is shown to users who may do its action. */
const PAGES = [
  { title: 'Employees', path: 'employees', needs: 'employees.read' },
  { title: 'Who is inside', path: 'muster', needs: 'muster.read' },
  { title: 'Site', path: 'site', needs: 'site.read' },
  { title: 'Changes', path: 'changes', needs: 'events.read' },
  { title: 'Import', path: 'imports', needs: 'imports.write' },
] as const;

/** Draws the menu and the signed-in user. */
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

/** Draws the sign-in page. @param problem error text to show, if any */
export function drawSignIn(problem: string | undefined, signIn: () => void): void {
  fill(place('pages'));
  fill(place('account'));
  fill(
    place('main'),
    element(
      'div',
      { class: 'card sign-in' },
      element('h1', {}, 'Swipegate console'),
      element('p', {}, 'Manage employees, cards, doors and reader keys. Sign in with your organisation’s account.'),
      problem === undefined ? undefined : element('p', { class: 'alert', role: 'alert' }, problem),
      button('Sign in', signIn, { class: 'primary' }),
    ),
  );
}
