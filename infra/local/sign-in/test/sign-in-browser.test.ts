import { once } from 'node:events';
import { createServer } from 'node:http';
import { launchChromium, NO_CHROMIUM } from '@swipegate/simulator/report/test/chromium';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { type Issuer, startIssuer } from '../issuer.js';
import { authorizeUrl, newPkce } from './sign-in.js';

/** Origin of a console: serves an empty page at every path. */
async function startConsole(t: Test): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', connection: 'close' });
    response.end('<!doctype html><html lang="en"><title>Console</title><link rel="icon" href="data:,"></html>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The console has no TCP port');
  return `http://127.0.0.1:${address.port}`;
}

async function inBrowser(t: Test, browser: Browser): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    t.test(`signs in, gets tokens and signs out by keyboard (${colorScheme})`, async (t) => {
      const origin = await startConsole(t);
      const callback = `${origin}/callback`;
      const issuer = await startIssuer({ redirectUris: [callback], logoutUris: [`${origin}/`] });
      t.teardown(() => issuer.close());
      const context = await browser.newContext({ colorScheme, viewport: { width: 360, height: 640 } });
      t.teardown(() => context.close());
      const page = await context.newPage();
      // Violations of the policy and failed loads of scripts or styles appear on the console.
      page.on('console', (message) => message.type() === 'error' && t.fail(message.text()));
      const { verifier, challenge } = newPkce();
      const url = authorizeUrl(issuer, challenge, { redirect_uri: callback });

      await page.goto(url);
      const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      t.equal(ground, colorScheme === 'dark' ? 'rgb(15, 20, 25)' : 'rgb(244, 246, 248)', 'the style is allowed');
      t.notOk(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'));
      await page.keyboard.press('Tab');
      t.match(await page.evaluate('document.activeElement.textContent'), /Hanna Reyes demo:hr/);
      await page.keyboard.press('Enter');
      await page.waitForURL(`${callback}?**`);
      const answer = new URL(page.url()).searchParams;
      t.equal(answer.get('state'), 'state-1');

      const tokens = await ask(page, `${issuer.issuer}/oauth2/token`, {
        method: 'POST',
        form: {
          grant_type: 'authorization_code',
          client_id: issuer.clientId,
          redirect_uri: callback,
          code: answer.get('code') ?? '',
          code_verifier: verifier,
        },
      });
      const headers = { authorization: `Bearer ${tokens['access_token']}` };
      t.match(await ask(page, `${issuer.issuer}/oauth2/userInfo`, { headers }), { name: 'Hanna Reyes' });

      await signOut(page, issuer, origin);
      t.equal(page.url(), `${origin}/`);
      await page.goto(url);
      await page.getByRole('button', { name: 'Samuel Okafor' }).waitFor();
    });
  }
}

/** Answer to a cross-origin request of a script on the page. */
function ask(page: Page, url: string, how: { method?: string; form?: Record<string, string>; headers?: object }) {
  const { form, ...options } = how;
  const body = form === undefined ? '' : `, body: new URLSearchParams(${JSON.stringify(form)})`;
  const script = `fetch(${JSON.stringify(url)}, { ...${JSON.stringify(options)}${body} }).then((answer) => answer.json())`;
  return page.evaluate<Record<string, unknown>>(script);
}

async function signOut(page: Page, { issuer, clientId }: Issuer, origin: string): Promise<void> {
  const query = new URLSearchParams({ client_id: clientId, logout_uri: `${origin}/` });
  await page.goto(`${issuer}/logout?${query}`);
}

t.test('signed in with a browser', async (t) => {
  const browser = await launchChromium();
  if (browser === undefined) t.pass('signed in with a browser', { skip: NO_CHROMIUM });
  else await inBrowser(t, browser);
});
