import { ApiError, messageOf } from './api/api.js';
import { OutdatedError } from './load-page.js';
import { hashOf, type Me, type PageContext } from './pages/page.js';
import { button, element, fill, link, place } from './widgets/element.js';

/** Pages in the menu. Each link is shown to users who may do its action. */
const PAGES = [
  { title: 'Live', path: 'live', needs: 'swipes.read' },
  { title: 'Alarms', path: 'alarms', needs: 'alarms.read' },
  { title: 'Employees', path: 'employees', needs: 'employees.read' },
  { title: 'Cards', path: 'cards', needs: 'cards.read' },
  { title: 'People inside', path: 'muster', needs: 'muster.read' },
  { title: 'Visitors', path: 'visits', needs: 'visits.read' },
  { title: 'Attendance', path: 'attendance', needs: 'attendance.read' },
  { title: 'Lockdown', path: 'lockdown', needs: 'lockdown.set' },
  { title: 'Site', path: 'site', needs: 'site.read' },
  { title: 'Devices', path: 'devices', needs: 'site.read' },
  { title: 'Changes', path: 'changes', needs: 'events.read' },
  { title: 'Import', path: 'imports', needs: 'imports.use' },
  { title: 'Settings', path: 'settings', needs: 'tenant.write' },
] as const;

/** Draws the menu and the signed-in user. @param isLive whether there is a gateway to follow */
export function drawShell(me: Me, isLive: boolean, signOut: () => void): void {
  const shown = PAGES.filter(
    ({ path, needs }) => me.actions.includes(needs) && (isLive || (path !== 'live' && path !== 'alarms')),
  );
  const links = shown.map(({ title, path }) => element('li', {}, link(title, hashOf(path))));
  fill(place('pages'), element('ul', {}, links));
  const roles = element('span', { class: 'soft' }, `${me.roles.join(', ')} of ${me.tenantId}`);
  const user = element('span', {}, element('strong', {}, me.userName), ' ', roles);
  fill(place('account'), user, button('Sign out', signOut));
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
 * Makes {@link PageContext.complain}. For an ended session it shows a button to sign in again; an automatic sign-in
 * would lose the user's input.
 */
export function complainWith(signInAgain: () => void): PageContext['complain'] {
  return (where, error, again) => {
    const isSignedOut = error instanceof ApiError && error.status === 401;
    const isPermanent = error instanceof ApiError && !error.isPassing && !isSignedOut;
    let action = button('Try again', again);
    // In a dialog, the next request asks for a sign-in that keeps it.
    if (isSignedOut) action = button('Sign in again', where.closest('dialog') === null ? signInAgain : again);
    else if (error instanceof OutdatedError) action = button('Reload', () => location.reload());
    const text = element('p', {}, element('strong', {}, titleOf(error)), ' ', messageOf(error));
    fill(where, element('div', { class: 'alert', role: 'alert' }, text, isPermanent ? undefined : action));
  };
}

function titleOf(error: unknown): string {
  if (error instanceof OutdatedError) return 'A new version of the console is here.';
  if (!(error instanceof ApiError)) return 'Something went wrong.';
  if (error.status === 401) return 'Your session has ended.';
  if (error.status === 403) return 'Your role does not allow this.';
  return error.status === 0 ? 'No connection.' : 'The request failed.';
}
