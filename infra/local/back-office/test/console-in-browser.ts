import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Test } from 'tap';
import type { BackOffice } from './back-office.js';

export const WIDE = { colorScheme: 'light', viewport: { width: 1300, height: 900 } } as const;

/** Console errors that are allowed: requests that the test itself makes fail. */
const REFUSED = /Failed to load resource/;

/**
 * Opens the console in a new browser context, signed out. Any console error or request to an unknown origin fails the
 * test.
 */
export async function openConsole(
  t: Test,
  { consoleUrl, apiUrl, issuer, bucket }: BackOffice,
  browser: Browser,
  options: BrowserContextOptions = WIDE,
): Promise<Page> {
  const context = await browser.newContext(options);
  t.teardown(() => context.close());
  const page = await context.newPage();
  const known = new Set([consoleUrl, apiUrl, issuer.issuer, bucket.url].map((url) => new URL(url).origin));
  page.on('pageerror', (error) => t.fail(`error: ${error.message}`));
  page.on('dialog', (dialog) => t.fail(`dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    if (!REFUSED.test(message.text())) t.fail(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!/^(?:data|blob):/.test(url) && !known.has(new URL(url).origin)) t.fail(`request: ${url}`);
  });
  await page.goto(consoleUrl);
  return page;
}

/** Signs in through the hosted UI. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: new RegExp(name, 'i') }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Opens the console and signs a user in. */
export async function signedIn(
  t: Test,
  office: BackOffice,
  browser: Browser,
  name: string,
  options?: BrowserContextOptions,
): Promise<Page> {
  const page = await openConsole(t, office, browser, options);
  await signIn(page, name);
  return page;
}

/** Opens a page by its hash, and waits for its title. */
export async function goTo(
  page: Page,
  { consoleUrl }: BackOffice,
  route: string,
  title: string | RegExp,
): Promise<void> {
  await page.goto(`${consoleUrl}#/${route}`);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}
