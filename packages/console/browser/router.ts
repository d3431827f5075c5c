import { withoutDirection } from '@swipegate/contract/values/plain-text';
import { isAborted } from './api/api.js';
import { keepPlace, lastPlace } from './api/last-place.js';
import { type LoadPage, loadPage } from './load-page.js';
import type { Page, PageContext } from './pages/page.js';
import { element, fill, place } from './widgets/element.js';

/** Pages by pattern, for example `employees/:employeeId`. */
type Routes = Readonly<Record<string, LoadPage>>;

interface NamedRoute {
  load: LoadPage;
  params: Record<string, string>;
  query: URLSearchParams;
}

type Shared = Omit<PageContext, 'signal' | 'params' | 'query'>;

/**
 * Shows the page that the URL's hash names, e.g. `#/employees/emp-1?…`, so a static host needs no rewrite rule. Moves
 * the focus to the new page's title, which a screen reader then announces, except on the first page. Back returns to
 * the place where the user left a page.
 */
export class Router {
  readonly #routes: Routes;
  readonly #shared: Shared;
  #leave = new AbortController();
  #isFirst = true;

  constructor(routes: Routes, shared: Shared) {
    this.#routes = routes;
    this.#shared = shared;
  }

  start(): void {
    // A link changes the page after its click: later, the history has left the entry of this page.
    addEventListener('click', () => keepPlace({ scrollY }), { capture: true });
    addEventListener('hashchange', () => void this.show());
    void this.show();
  }

  async show(): Promise<void> {
    this.#leave.abort();
    this.#leave = new AbortController();
    const { signal } = this.#leave;
    const main = place('main');
    main.ariaBusy = 'true';
    const before = lastPlace();
    const { load, params, query } = namedRoute(this.#routes);
    markCurrent();
    try {
      const page = await loadPage(load);
      if (signal.aborted) return;
      const { title, content } = await page({ ...this.#shared, signal, params, query });
      if (signal.aborted) return;
      const heading = element('h1', { tabindex: '-1' }, title);
      fill(main, heading, content);
      document.title = `${withoutDirection(title)} – Swipegate console`;
      if (!this.#isFirst) heading.focus({ preventScroll: true });
      scrollTo(0, before.scrollY);
    } catch (error) {
      if (signal.aborted || isAborted(error)) return;
      const wrong = element('div');
      fill(main, element('h1', { tabindex: '-1' }, 'This page cannot be shown'), wrong);
      this.#shared.complain(wrong, error, () => void this.show());
    } finally {
      this.#isFirst = false;
      if (!signal.aborted) main.ariaBusy = 'false';
    }
  }
}

/** Returns the route that the URL's hash names. */
export function namedRoute(routes: Routes): NamedRoute {
  const [path = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const query = new URLSearchParams(search);
  for (const [pattern, load] of Object.entries(routes)) {
    const params = matched(pattern, path);
    if (params !== undefined) return { load, params, query };
  }
  return { load: async () => nowhere, params: {}, query };
}

function matched(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decoded(value);
    else if (part !== value) return undefined;
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function markCurrent(): void {
  const [first] = location.hash.replace(/^#\/?/, '').split(/[/?]/);
  for (const anchor of document.querySelectorAll('#pages a')) {
    anchor.ariaCurrent = anchor.getAttribute('href') === `#/${first}` ? 'page' : null;
  }
}

const nowhere: Page = async () => ({
  title: 'Page not found',
  content: [element('p', {}, 'This address has no page. Choose a page from the menu above.')],
});
