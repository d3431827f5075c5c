import { Api, ApiError, messageOf } from './api/api.js';
import { loadConfig } from './api/config.js';
import { SignIn } from './api/sign-in.js';
import { signInFor } from './api/sign-in-window.js';
import { watchLockdowns } from './pages/lockdown/lockdown-banner.js';
import type { Me, PageContext } from './pages/page.js';
import { forgetRollCalls } from './pages/roll-call/kept-roll-call.js';
import { namedRoute, Router } from './router.js';
import { drawHandOver, sessionPrompt } from './session-end.js';
import { complainWith, drawShell, drawSignIn } from './shell.js';
import { button, element, fill, place, say } from './widgets/element.js';

/** Entry point of the console: signs the user in, then shows the page that the URL names. */

/** Each page is loaded when it is first shown. */
const ROUTES = {
  live: async () => (await import('./pages/live.js')).livePage,
  alarms: async () => (await import('./pages/alarms/alarms.js')).alarmsPage,
  employees: async () => (await import('./pages/employees.js')).employeesPage,
  'employees/:employeeId': async () => (await import('./pages/employee.js')).employeePage,
  'employees/:employeeId/swipes': async () => (await import('./pages/swipes.js')).swipesPage,
  cards: async () => (await import('./pages/cards/cards.js')).cardsPage,
  'cards/:cardId/swipes': async () => (await import('./pages/swipes.js')).swipesPage,
  muster: async () => (await import('./pages/roll-call/muster.js')).musterPage,
  visits: async () => (await import('./pages/visits/visits.js')).visitsPage,
  attendance: async () => (await import('./pages/attendance/attendance.js')).attendancePage,
  'muster/:rollCallId': async () => (await import('./pages/roll-call/roll-call.js')).rollCallPage,
  lockdown: async () => (await import('./pages/lockdown/lockdown.js')).lockdownPage,
  site: async () => (await import('./pages/site/site.js')).sitePage,
  'site/readers/:readerId': async () => (await import('./pages/site/reader.js')).readerPage,
  devices: async () => (await import('./pages/devices/devices.js')).devicesPage,
  changes: async () => (await import('./pages/changes.js')).changesPage,
  imports: async () => (await import('./pages/imports.js')).importPage,
  settings: async () => (await import('./pages/settings.js')).settingsPage,
};
const FIRST_ROUTE = '#/employees';

place('skip').addEventListener('click', () => place('main').focus());
try {
  await start();
} catch (error) {
  fill(
    place('main'),
    element('h1', {}, 'The console cannot start'),
    element('p', { class: 'alert', role: 'alert' }, messageOf(error)),
  );
}

async function start(): Promise<void> {
  const config = await loadConfig();
  const signIn = new SignIn(config);
  const begin = () => {
    signIn.begin(location.hash).catch((error) => drawSignIn(messageOf(error), begin));
  };
  let route: string | undefined;
  try {
    route = await signIn.complete();
  } catch (error) {
    return drawSignIn(messageOf(error), begin);
  }
  const isFor = signInFor(location.hash);
  if (route === undefined) {
    return signIn.wasSignedIn || isFor !== undefined ? begin() : drawSignIn(undefined, begin);
  }
  if (location.hash === '') history.replaceState(null, '', FIRST_ROUTE);
  const signOut = () => {
    forgetRollCalls();
    signIn.signOut().catch((error) => drawSignIn(messageOf(error), begin));
  };
  if (isFor !== undefined) {
    const openConsole = () => {
      history.replaceState(null, '', FIRST_ROUTE);
      begin();
    };
    return drawHandOver(signIn, isFor, openConsole, signOut);
  }
  const prompt = sessionPrompt(signIn);
  const apiAt = (url: string) => new Api(url, signIn, async (isRead) => (isRead && !hasDialog() ? false : prompt()));
  const gateway = config.gatewayUrl === undefined ? undefined : apiAt(config.gatewayUrl);
  await showAll({ api: apiAt(config.apiUrl), gateway }, begin, signOut);
}

/** Whether a dialog is open, which the user would lose if the page signed in. */
function hasDialog(): boolean {
  return document.querySelector('dialog') !== null;
}

type Apis = Pick<PageContext, 'api' | 'gateway'>;

async function showAll(apis: Apis, signInAgain: () => void, signOut: () => void): Promise<void> {
  const { api, gateway } = apis;
  const complain = complainWith(signInAgain);
  let me: Me;
  // The page's script loads beside the answer. The router reports a failure.
  void namedRoute(ROUTES)
    .load()
    .catch(() => undefined);
  try {
    me = await api.get<Me>('/v1/me');
  } catch (error) {
    const again = () => void showAll(apis, signInAgain, signOut);
    fill(place('main'), element('h1', {}, 'Signed in, but no access'), element('div', { id: 'refused' }));
    complain(place('refused'), error, again);
    // The user may have a role under another account.
    if (error instanceof ApiError && error.status === 403) fill(place('account'), button('Sign out', signOut));
    return;
  }
  drawShell(me, gateway !== undefined, signOut);
  if (me.actions.includes('site.read')) watchLockdowns(api);
  const live = place('live');
  const actions = new Set(me.actions);
  new Router(ROUTES, {
    api,
    gateway,
    me,
    may: (action) => actions.has(action),
    announce: (text) => say(live, text),
    complain,
  }).start();
}
