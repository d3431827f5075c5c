import { Api, ApiError, messageOf } from './api/api.js';
import { loadConfig } from './api/config.js';
import { SignIn } from './api/sign-in.js';
import { cardsPage } from './pages/cards/cards.js';
import { changesPage } from './pages/changes.js';
import { devicesPage } from './pages/devices/devices.js';
import { employeePage } from './pages/employee.js';
import { employeesPage } from './pages/employees.js';
import { importPage } from './pages/imports.js';
import { livePage } from './pages/live.js';
import { musterPage } from './pages/muster.js';
import type { Me, PageContext } from './pages/page.js';
import { settingsPage } from './pages/settings.js';
import { readerPage } from './pages/site/reader.js';
import { sitePage } from './pages/site/site.js';
import { swipesPage } from './pages/swipes.js';
import { Router } from './router.js';
import { complainWith, drawShell, drawSignIn } from './shell.js';
import { button, element, fill, place, say } from './widgets/element.js';

/** Entry point of the console: signs the user in, then shows the page that the URL names. */

const ROUTES = {
  live: livePage,
  employees: employeesPage,
  'employees/:employeeId': employeePage,
  'employees/:employeeId/swipes': swipesPage,
  cards: cardsPage,
  'cards/:cardId/swipes': swipesPage,
  muster: musterPage,
  site: sitePage,
  'site/readers/:readerId': readerPage,
  devices: devicesPage,
  changes: changesPage,
  imports: importPage,
  settings: settingsPage,
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
  if (route === undefined) return signIn.wasSignedIn ? begin() : drawSignIn(undefined, begin);
  if (location.hash === '') history.replaceState(null, '', route || FIRST_ROUTE);
  const signOut = () => {
    signIn.signOut().catch((error) => drawSignIn(messageOf(error), begin));
  };
  const gateway = config.gatewayUrl === undefined ? undefined : new Api(config.gatewayUrl, signIn);
  await showAll({ api: new Api(config.apiUrl, signIn), gateway }, begin, signOut);
}

type Apis = Pick<PageContext, 'api' | 'gateway'>;

async function showAll(apis: Apis, signInAgain: () => void, signOut: () => void): Promise<void> {
  const { api, gateway } = apis;
  const complain = complainWith(signInAgain);
  let me: Me;
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
