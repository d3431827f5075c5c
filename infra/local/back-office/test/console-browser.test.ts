import { readFile } from 'node:fs/promises';
import { launchChromium, NO_CHROMIUM } from '@swipegate/simulator/report/test/chromium';
import type { Browser } from 'playwright-core';
import t, { type Test } from 'tap';
import { HOSTILE_EMPLOYEE, HOSTILE_NAME, KNOWN_EMPLOYEE, startBackOffice } from './back-office.js';
import { goTo, openConsole, signedIn, signIn } from './console-in-browser.js';

async function inBrowser(t: Test, browser: Browser): Promise<void> {
  const office = await startBackOffice(t);
  const { consoleUrl, apiUrl, issuer, knownName } = office;

  await t.test(
    'sign-in uses PKCE and stores no token; a reload signs in again; sign-out revokes the token',
    async (t) => {
      const page = await openConsole(t, office, browser);
      const asked = page.waitForRequest((request) => request.url().startsWith(`${issuer.issuer}/oauth2/authorize`));
      const exchanged = page.waitForRequest((request) => request.url() === `${issuer.issuer}/oauth2/token`);
      await signIn(page, 'Hanna');
      const parameters = new URL((await asked).url()).searchParams;
      t.match(Object.fromEntries(parameters), {
        response_type: 'code',
        redirect_uri: consoleUrl,
        code_challenge_method: 'S256',
        code_challenge: /^[\w-]{43}$/,
        state: /^[\w-]{43}$/,
        nonce: /^[\w-]{43}$/,
      });
      t.match(new URLSearchParams((await exchanged).postData() ?? '').get('code_verifier'), /^[\w-]{43}$/);
      t.equal(page.url(), `${consoleUrl}#/employees`, 'the code is removed from the URL');
      t.match(await page.locator('#account').textContent(), /hanna.*hr of demo/);
      const kept = 'JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])';
      t.match(await page.evaluate<string>(kept), /^\[\{\},\{"swipegate-signed-in":"[0-9a-f-]{36}"\},""\]$/);

      await goTo(page, office, 'changes', 'Changes');
      await page.reload();
      await page.getByRole('heading', { level: 1, name: 'Changes' }).waitFor();
      const tab = await page.context().newPage();
      await tab.goto(`${consoleUrl}#/site`);
      await tab.getByRole('heading', { level: 1, name: 'Site' }).waitFor();
      t.pass('a link in a new tab shows its page');
      await tab.close();
      const revoked = page.waitForResponse(`${issuer.issuer}/oauth2/revoke`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      t.equal((await revoked).status(), 200, 'the refresh token is revoked');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: /Hanna/ }).waitFor();
      t.match(page.url(), issuer.issuer, 'the hosted UI’s session has ended too');
    },
  );

  await t.test('an answer to a sign-in that this tab did not start is refused', async (t) => {
    const page = await openConsole(t, office, browser);
    await page.goto(`${consoleUrl}?code=stolen&state=made-up`);
    await page.getByRole('alert').filter({ hasText: 'did not start the sign-in' }).waitFor();
    t.equal(page.url(), consoleUrl);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: /Hanna/ }).waitFor();
    const underWay = 'sessionStorage.getItem("swipegate-sign-in")';
    await page.goto(consoleUrl);
    t.match(await page.evaluate<string>(underWay), /verifier/);
    await page.goto(`${consoleUrl}?code=stolen&state=made-up`);
    await page.getByRole('alert').filter({ hasText: 'does not belong to this page' }).waitFor();
    t.equal(await page.evaluate(underWay), null, 'the verifier is removed');
  });

  await t.test('a user without a role sees the reason, and may sign out', async (t) => {
    const page = await openConsole(t, office, browser);
    const detail = 'The user has roles in no tenant.';
    const body = JSON.stringify({ code: 'role-not-allowed', detail, status: 403 });
    const headers = { 'access-control-allow-origin': '*' };
    await page.route(`${apiUrl}/v1/me`, (route) =>
      route.fulfill({ status: 403, contentType: 'application/problem+json', headers, body }),
    );
    await signIn(page, 'Olga');
    await page
      .getByRole('alert')
      .filter({ hasText: `Your role does not allow this. ${detail}` })
      .waitFor();
    t.equal(await page.getByRole('navigation').getByRole('link').count(), 0);
  });

  await t.test('the employee list searches while typing, and loads page by page', async (t) => {
    const page = await signedIn(t, office, browser, 'Hanna');
    const rows = page.getByRole('rowheader');
    await page.getByText('50 employees, and there are more.').waitFor();
    t.equal(await rows.count(), 50);
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText(/^121 employees\.$/).waitFor();
    await rows.last().getByRole('link').click();
    await page
      .getByRole('link', { name: 'Swipes' })
      .or(page.getByRole('heading', { level: 2 }))
      .first()
      .waitFor();
    await page.goBack();
    await page.getByText(/^121 employees\.$/).waitFor();
    await page.waitForFunction('scrollY > 1000');
    await page.getByLabel('Cards', { exact: true }).selectOption('without a card');
    await page.waitForURL(/#\/employees\?cards=without$/);
    await page.getByText(/^121 employees\.$/).waitFor({ state: 'detached' });
    await page.getByLabel('Cards', { exact: true }).selectOption('all');
    const search = page.getByLabel('Search by name, id or card number');
    await search.pressSequentially('emp-0001', { delay: 5 });
    await page.getByText(/^10 employees\.$/).waitFor();
    t.match(page.url(), /#\/employees\?search=emp-0001$/);
    await search.fill('nobody of this name');
    await page.getByText('No employees found.').waitFor();
    await search.fill('AMARA');
    await page.getByText(/^4 employees\.$/).waitFor();
  });

  await t.test('a hostile name is shown as text everywhere', async (t) => {
    const page = await signedIn(t, office, browser, 'Anders');
    await page.getByRole('link', { name: HOSTILE_NAME }).click();
    await page.getByRole('heading', { level: 1, name: HOSTILE_NAME }).waitFor();
    await page.getByRole('button', { name: 'Deactivate' }).click();
    await page.getByRole('dialog', { name: `Deactivate ${HOSTILE_NAME}` }).waitFor();
    t.equal(await page.locator('img').count(), 0);
    t.match(await page.title(), HOSTILE_NAME);
  });

  await t.test('each role sees only the actions it may do', async (t) => {
    const auditor = await signedIn(t, office, browser, 'Aylin');
    t.same(await auditor.getByRole('navigation').getByRole('link').allTextContents(), [
      'Employees',
      'Cards',
      'People inside',
      'Visitors',
      'Attendance',
      'Site',
      'Devices',
      'Changes',
    ]);
    t.equal(await auditor.getByRole('button', { name: 'New employee' }).count(), 0);
    await goTo(auditor, office, `employees/${KNOWN_EMPLOYEE}`, knownName);
    await auditor
      .getByRole('article', { name: /Card/ })
      .getByText(/Offices of hq, since/)
      .waitFor();
    t.same(await auditor.getByRole('main').getByRole('button').allTextContents(), [], 'no actions');
    await goTo(auditor, office, 'site', 'Site');
    t.same(await auditor.getByRole('main').getByRole('button').allTextContents(), []);

    const hr = await signedIn(t, office, browser, 'Hanna');
    t.equal(await hr.getByRole('link', { name: 'People inside' }).count(), 0);
    await goTo(hr, office, `employees/${KNOWN_EMPLOYEE}`, knownName);
    t.equal(
      await hr.getByRole('article', { name: /Card/ }).locator('p').first().textContent(),
      'inside',
      'without the place',
    );
    t.equal(await hr.getByRole('link', { name: 'Swipes' }).count(), 0);
    t.equal(await hr.getByRole('button', { name: 'Erase' }).count(), 0);
    await goTo(hr, office, `employees/${KNOWN_EMPLOYEE}/swipes`, 'This page cannot be shown');
    const refused = hr.getByRole('alert').filter({ hasText: 'Your role does not allow this.' });
    t.match(
      await refused.textContent(),
      /swipes\.read requires one of the roles guard, security, auditor, admin; you have hr/,
    );
    t.equal(await hr.getByRole('table').count(), 0);

    const security = await signedIn(t, office, browser, 'Samuel');
    t.equal(await security.getByRole('link', { name: 'Settings' }).count(), 0);
    await goTo(security, office, 'settings', 'Settings');
    t.same(await security.getByRole('main').getByRole('button').allTextContents(), []);
    await goTo(security, office, `employees/${KNOWN_EMPLOYEE}`, knownName);
    t.same(await security.locator('[data-action]').allTextContents(), [
      'Suspend',
      'Report lost',
      'Report stolen',
      'Report destroyed',
      'Expire',
    ]);
  });

  await t.test('swipes of an employee: filters, more pages, and CSV', async (t) => {
    const page = await signedIn(t, office, browser, 'Aylin');
    await goTo(page, office, `employees/${KNOWN_EMPLOYEE}/swipes`, /Swipes/);
    await page.getByText('100 swipes, and there are more.').waitFor();
    await page.getByLabel('Outcome').selectOption('denied');
    await page.getByText('10 of 100 loaded swipes, and there are more.').waitFor();
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('13 of 130 loaded swipes.').waitFor();
    await page.getByLabel('Reason').selectOption('granted');
    await page.getByText('No swipes found.').waitFor();
    await page.getByLabel('Outcome').selectOption('');
    await page.getByText('117 of 130 loaded swipes.').waitFor();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    t.equal(saved.suggestedFilename(), `employee-${KNOWN_EMPLOYEE}-events.csv`);
    t.equal((await readFile(await saved.path(), 'utf8')).trim().split('\r\n').length, 131);
    // A local time, so the UTC value depends on this machine's time zone. All swipes are newer.
    await page.getByLabel('From').fill('2020-01-01T00:00');
    await page.getByLabel('Before').fill('2020-01-02T00:00');
    const [asked] = await Promise.all([
      page.waitForRequest((request) => request.url().includes('/events?')),
      page.getByRole('button', { name: 'Show' }).click(),
    ]);
    t.match(new URL(asked.url()).searchParams.get('from'), /^20(?:19|20)-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
    await page.getByText('0 swipes.').waitFor();
    await page.getByLabel('Before').fill('2019-01-02T00:00');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('alert').filter({ hasText: 'to must be later than from' }).waitFor();
  });

  await t.test(
    'offers a retry when the API is down, a reload when a page is gone, and a sign-in when the token is invalid',
    async (t) => {
      const page = await signedIn(t, office, browser, 'Samuel');
      office.outage.isOn = true;
      await goTo(page, office, 'site', 'This page cannot be shown');
      office.outage.isOn = false;
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { level: 1, name: 'Site' }).waitFor();

      const script = /\/pages\/devices-\w+\.js$/;
      await page.route(script, (route) => route.fulfill({ status: 404 }), { times: 1 });
      await goTo(page, office, 'devices', 'This page cannot be shown');
      await page.getByRole('alert').filter({ hasText: 'A new version of the console is here.' }).waitFor();
      await page.getByRole('button', { name: 'Reload' }).click();
      await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();

      const unauthorized = { status: 401, headers: { 'access-control-allow-origin': '*' }, body: '{}' };
      await page.route(`${apiUrl}/v1/changes?*`, (route) => route.fulfill(unauthorized), { times: 1 });
      const [renewed] = await Promise.all([
        page.waitForRequest(`${issuer.issuer}/oauth2/token`),
        goTo(page, office, 'changes', 'Changes'),
      ]);
      t.match(renewed.postData(), /grant_type=refresh_token/, 'renewed silently');

      await page.route(`${apiUrl}/v1/buildings`, (route) => route.fulfill(unauthorized), { times: 2 });
      await goTo(page, office, 'muster', 'This page cannot be shown');
      await page.getByRole('button', { name: 'Sign in again' }).click();
      await page.getByRole('heading', { level: 1, name: 'People inside' }).waitFor();
      t.match(page.url(), /#\/muster$/, 'on the same page');
    },
  );

  await t.test(
    'a form outlives its session: another tab signs out, and only the same user sends the form',
    async (t) => {
      const page = await signedIn(t, office, browser, 'Hanna');
      const context = page.context();
      await goTo(page, office, `employees/${HOSTILE_EMPLOYEE}`, HOSTILE_NAME);
      await page.getByRole('button', { name: 'Link a card' }).click();
      const form = page.getByRole('dialog', { name: /^Link a card/ });
      await form.getByLabel('Card', { exact: true }).fill('card-55443');
      await form.getByLabel('Why').fill('Typed before the session ended');
      const tab = await context.newPage();
      await tab.goto(office.consoleUrl);
      await tab.getByRole('button', { name: 'Sign out' }).click();
      await tab.getByRole('button', { name: 'Sign in' }).waitFor();
      await tab.close();
      const sent = () => office.events.published.filter(({ why }) => why === 'Typed before the session ended');

      const send = form.getByRole('button', { name: 'Link card', exact: true });
      await send.click();
      const prompt = page.getByRole('dialog', { name: 'Your session has ended' });
      await prompt.getByRole('button', { name: 'Cancel' }).click();
      await prompt.waitFor({ state: 'detached' });
      await form.getByRole('alert').filter({ hasText: /./ }).waitFor();
      t.equal(await form.getByLabel('Why').inputValue(), 'Typed before the session ended', 'Cancel keeps the form');
      await send.click();
      const opened = async () => {
        const [window] = await Promise.all([
          context.waitForEvent('page'),
          prompt.getByRole('link', { name: 'Sign in again' }).click(),
        ]);
        return window;
      };
      const other = await opened();
      await other.getByRole('button', { name: /Anders/ }).click();
      await other.getByRole('heading', { name: 'Another user' }).waitFor();
      await prompt.getByRole('alert').filter({ hasText: 'nothing was sent' }).waitFor();
      t.same(sent(), [], 'another user does not send it');
      await other.getByRole('button', { name: 'Sign out' }).click();
      await other.getByRole('button', { name: 'Sign in' }).waitFor();
      await other.close();

      const own = await opened();
      await own.getByRole('button', { name: /Hanna/ }).click();
      await page.locator('.change[data-state=applied]', { hasText: 'Link a card' }).waitFor();
      t.equal(await page.getByRole('dialog').count(), 0);
      t.match(sent(), [{ by: { userName: 'hanna' }, content: { type: 'link-card', cardId: 'card-55443' } }]);
      t.equal(sent().length, 1);
      if (!own.isClosed()) await own.waitForEvent('close');
    },
  );
}

t.test('shown in a browser', async (t) => {
  const browser = await launchChromium();
  if (browser === undefined) t.pass('shown in a browser', { skip: NO_CHROMIUM });
  else await inBrowser(t, browser);
});
