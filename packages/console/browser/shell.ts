import { ApiError, messageOf } from './api/api.js';
import { hashOf, type Me } from './pages/page.js';
import { button, element, fill, link, place } from './widgets/element.js';

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

/**
 * Makes a function that shows an error in place, with a button to try again if that may help, or to sign in again. It
 * does not start the sign-in itself, because the user's input would be lost.
 */
export function complainWith(signInAgain: () => void): (where: HTMLElement, error: unknown, again: () => void) => void {
  return (where, error, again) => {
    const { title, action } =
      error instanceof ApiError && error.isSignedOut
        ? { title: 'Your session has ended.', action: button('Sign in again', signInAgain) }
        : { title: titleOf(error), action: button('Try again', again) };
    const isPermanent = error instanceof ApiError && !error.isPassing && !error.isSignedOut;
    fill(
      where,
      element(
        'div',
        { class: 'alert', role: 'alert' },
        element('p', {}, element('strong', {}, title), ' ', messageOf(error)),
        isPermanent ? undefined : action,
      ),
    );
  };
}

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something went wrong.';
  if (error.status === 403) return 'Your role does not allow this.';
  return error.status === 0 ? 'No connection.' : 'The request failed.';
}
