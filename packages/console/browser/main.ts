import { Api } from './api.js';
import { ApiError, sentenceOf } from './api-error.js';
import { changesPage } from './changes-page.js';
import { complainWith } from './complaint.js';
import { loadConfig } from './config.js';
import { element, fill, place, say } from './element.js';
import { employeePage } from './employee-page.js';
import { employeesPage } from './employees-page.js';
import { importPage } from './import-page.js';
import { musterPage } from './muster-page.js';
import type { Me } from './page-context.js';
import { readerKeysPage } from './reader-keys-page.js';
import { Router } from './router.js';
import { drawShell, drawSignIn } from './shell.js';
import { SignIn } from './sign-in.js';
import { sitePage } from './site-page.js';
import { swipesPage } from './swipes-page.js';

/** Entry point of the console: signs the user in, then shows the page that the URL names. */

const ROUTES = [
  { pattern: 'employees', page: employeesPage },
  { pattern: 'employees/:employeeId', page: employeePage },
  { pattern: 'employees/:employeeId/swipes', page: swipesPage },
  { pattern: 'cards/:cardId/swipes', page: swipesPage },
  { pattern: 'muster', page: musterPage },
  { pattern: 'site', page: sitePage },
  { pattern: 'site/readers/:readerId', page: readerKeysPage },
  { pattern: 'changes', page: changesPage },
  { pattern: 'imports', page: importPage },
];
const FIRST_ROUTE = '#/employees';

place('skip').addEventListener('click', () => place('main').focus());
try {
  await start();
} catch (error) {
  fill(
    place('main'),
    element('h1', {}, 'The console cannot start'),
    element('p', { class: 'alert', role: 'alert' }, sentenceOf(error)),
  );
}

async function start(): Promise<void> {
  const config = await loadConfig();
  const signIn = new SignIn(config);
  const begin = () => {
    signIn.begin(location.hash).catch((error) => drawSignIn(sentenceOf(error), begin));
  };
  let route: string | undefined;
  try {
    route = await signIn.complete();
  } catch (error) {
    return drawSignIn(sentenceOf(error), begin);
  }
  if (route === undefined) return signIn.wasSignedIn ? begin() : drawSignIn(undefined, begin);
  if (location.hash === '') history.replaceState(null, '', route || FIRST_ROUTE);
  const signOut = () => {
    signIn.signOut().catch((error) => drawSignIn(sentenceOf(error), begin));
  };
  await showAll(new Api(config.apiUrl, signIn), begin, signOut);
}

async function showAll(api: Api, signInAgain: () => void, signOut: () => void): Promise<void> {
  const complain = complainWith(signInAgain);
  let me: Me;
  try {
    me = await api.get<Me>('/v1/me');
  } catch (error) {
    const again = () => void showAll(api, signInAgain, signOut);
    fill(place('main'), element('h1', {}, 'Signed in, but no access'), element('div', { id: 'refused' }));
    complain(place('refused'), error, again);
    // The user may have a role under another account.
    if (error instanceof ApiError && error.status === 403) fill(place('account'), signOutButton(signOut));
    return;
  }
  drawShell(me, signOut);
  const live = place('live');
  const actions = new Set(me.actions);
  new Router(ROUTES, {
    api,
    me,
    may: (action) => actions.has(action),
    announce: (text) => say(live, text),
    complain,
  }).start();
}

function signOutButton(signOut: () => void): HTMLElement {
  return element('button', { type: 'button', onclick: signOut }, 'Sign out');
}
