import { throwFetchError } from './api/api.js';
import type { Page } from './pages/page.js';

/** Loads the script of a page. */
export type LoadPage = () => Promise<Page>;

/** The site has another version of the console than the tab. */
export class OutdatedError extends Error {
  override readonly name = 'OutdatedError';
  readonly code = 'CONSOLE_OUTDATED';

  constructor(options: ErrorOptions) {
    super('Reload this page to get it.', options);
  }
}

/**
 * Loads a page. A browser does not say why a script fails, so this asks for a file that every version has: a deployment
 * removes the scripts of the version before.
 * @throws {ApiError} without a connection
 * @throws {OutdatedError} if the site answers
 */
export async function loadPage(load: LoadPage): Promise<Page> {
  try {
    return await load();
  } catch (error) {
    await fetch('config.json', { cache: 'no-store' }).catch(throwFetchError);
    throw new OutdatedError({ cause: error });
  }
}
