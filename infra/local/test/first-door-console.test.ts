// Own process: takes long.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { launchChromium, NO_CHROMIUM } from '@swipegate/simulator/report/test/chromium';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { SiteFiles } from '../demo/site-files.js';
import { ChildRoster } from '../processes/child-roster.js';
import { finishStack, startStack, stopStack } from '../start/stack.js';

const WHY = 'Opening of the branch';
const CARD = 'card-1';

/** Starts what `npm start -- --empty` starts. */
async function startEmpty(t: Test) {
  const roster = new ChildRoster();
  t.teardown(() => roster.killAll());
  const stack = await startStack({
    port: 0,
    opsPort: 0,
    consolePort: 0,
    host: '127.0.0.1',
    emptyTenant: 'branch',
    rateLimitPerSecond: 1_000,
    files: new SiteFiles(t.testdir()),
    roster,
    say: () => undefined,
  });
  t.teardown(async () => {
    await finishStack(stack);
    await stopStack(stack);
  });
  return stack;
}

/** Gives the reason in the open dialog, which may propose it already, and sends it. */
async function send(page: Page, label: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill(WHY);
  await dialog.getByRole('button', { name: label, exact: true }).click();
}

/** Waits until a change with a title is applied. */
async function applied(page: Page, title: string): Promise<void> {
  await page.locator('.change[data-state=applied]', { hasText: title }).waitFor();
}

async function post(gatewayUrl: string, key: string, swipe: Record<string, string>): Promise<unknown> {
  const answer = await fetch(`${gatewayUrl}/v1/swipes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, prefer: 'wait=10' },
    body: JSON.stringify({ ...swipe, swipeId: randomUUID(), readAt: new Date().toISOString() }),
  });
  return answer.json();
}

async function swipeUntilGranted(gatewayUrl: string, key: string, swipe: Record<string, string>): Promise<unknown> {
  for (;;) {
    const said = await post(gatewayUrl, key, swipe);
    const isGranted = typeof said === 'object' && said !== null && 'outcome' in said && said.outcome === 'granted';
    // A gateway and decide read a changed site within seconds.
    if (isGranted) return said;
    await delay(100);
  }
}

/** Sees swipes as they are decided, with the token of the console at the gateway. @param deny posts a swipe that is denied */
async function watchLive(t: Test, page: Page, deny: () => Promise<unknown>): Promise<void> {
  await page.getByRole('link', { name: 'Live' }).click();
  await page.getByText('Live.', { exact: true }).waitFor();
  const rows = page.getByRole('table', { name: 'Swipes, newest first' }).locator('tbody tr');
  await deny();
  await rows.filter({ hasText: 'the card is unknown' }).waitFor();
  t.match(await rows.first().textContent(), /denied.*card-unknown.*Main entrance \(in\).*Offices/);
  t.match(await rows.first().getAttribute('class'), 'stands-out');

  await page.getByLabel('Denied only').check();
  await page.getByText('No swipe yet').waitFor();
  t.match(page.url(), /outcome=denied/);
  await page.reload();
  await page.getByText('Live.', { exact: true }).waitFor();
  t.ok(await page.getByLabel('Denied only').isChecked(), 'the filter survives a reload');
  await page.getByRole('button', { name: 'Pause' }).click();
  await deny();
  await page.getByRole('button', { name: 'Continue' }).click();
  await rows.filter({ hasText: 'the card is unknown' }).waitFor();
}

/** Acknowledges and closes an alarm that comes while the page is open. @param raise posts it */
async function handleAlarm(page: Page, raise: () => Promise<unknown>): Promise<void> {
  await page.getByRole('link', { name: 'Alarms' }).click();
  await page.getByText('0 open', { exact: true }).waitFor();
  await raise();
  const row = page.getByRole('table', { name: 'Alarms' }).locator('tbody tr', { hasText: 'Door forced open' });
  await row.getByText('Close and lock it.').waitFor();
  await page.getByText('1 open', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
  await row.getByText(/^acknowledged by .* \(you\)/).waitFor();
  await row.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('dialog').getByLabel('Note').fill('It was the wind.');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByText('No alarm in this state.').waitFor();
}

async function fromEmptyToGranted(t: Test, browser: Browser): Promise<void> {
  const { backOffice, gatewayUrl } = await startEmpty(t);
  if (backOffice === undefined) throw new Error('There is no back office');
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, timezoneId: 'Europe/Vienna' });
  t.teardown(() => context.close());
  const page = await context.newPage();
  page.on('pageerror', (error) => t.fail(`error: ${error.message}`));
  await page.goto(`${backOffice.consoleUrl}#/site`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: /Site Admin/ }).click();

  const steps = page.getByRole('region', { name: 'First steps' });
  const next = (title: string) =>
    steps.locator('[aria-current=step]', { hasText: new RegExp(`^${title} \\(to do\\)`) }).waitFor();
  const dialog = page.getByRole('dialog');

  await next('A building');
  await steps.getByRole('button', { name: 'Add the building' }).click();
  await dialog.getByLabel('Name').fill('Vienna Branch');
  t.equal(await dialog.getByLabel('Building id').inputValue(), 'vienna-branch');
  t.equal(await dialog.getByLabel('Time zone').inputValue(), 'Europe/Vienna', 'the browser’s own');
  await send(page, 'Add building');
  await applied(page, 'Building Vienna Branch');

  await next('A zone');
  await steps.getByRole('button', { name: 'Add the zone' }).click();
  await dialog.getByLabel('Name').fill('Offices');
  t.equal(await dialog.getByLabel('Zone id').inputValue(), 'vienna-branch-offices');
  t.equal(await dialog.getByLabel('Why').inputValue(), WHY, 'the reason of the change before');
  await dialog.getByLabel('Deny a second entry for some minutes').check();
  await dialog.getByLabel('Minutes', { exact: true }).fill('1');
  // Ida is inside when her card is linked, so a rule that denies would refuse her first entry.
  await dialog.getByLabel('Let in, and note it').check();
  t.notOk(await dialog.getByLabel('Minutes', { exact: true }).isVisible());
  await dialog.getByLabel('Most people inside').fill('20');
  await send(page, 'Add zone');
  await applied(page, 'Zone Offices');

  await next('A schedule');
  await steps.getByRole('button', { name: 'Add the schedule' }).click();
  await dialog.getByLabel('Schedule id').fill('always');
  await dialog.getByRole('button', { name: 'Round the clock' }).click();
  await dialog.getByRole('status').getByText('Every day round the clock').waitFor();
  await send(page, 'Add schedule');
  await applied(page, 'Schedule always');

  await next('An access level');
  await steps.getByRole('button', { name: 'Add the access level' }).click();
  await dialog.getByLabel('Access level id').fill('staff');
  await dialog.getByRole('group', { name: 'Vienna Branch' }).getByLabel('Offices').check();
  await send(page, 'Add access level');
  await applied(page, 'Access level staff');

  await next('A door with a key');
  await steps.getByRole('button', { name: 'Add the door' }).click();
  await dialog.getByLabel('Name of the door').fill('Main entrance');
  t.equal(await dialog.getByLabel('Id of the reader inside').inputValue(), 'vienna-branch-main-entrance-out');
  await send(page, 'Add door');
  await page.getByRole('heading', { name: /^Issue keys for/ }).waitFor();
  const second = '**/v1/readers/*-out/keys';
  await page.route(second, (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  await send(page, 'Issue keys');
  await dialog.getByRole('alert').filter({ hasText: 'The server does not answer' }).waitFor();
  await page.unroute(second);
  // The key of the first reader was answered already: it is not lost.
  await send(page, 'Issue keys');
  const readerId = 'vienna-branch-main-entrance-in';
  const key = (await dialog.getByLabel(`Key of ${readerId}`, { exact: true }).textContent()) ?? '';
  t.match(key, /^sgk_/);
  await dialog.getByRole('button', { name: 'I have saved them' }).click();
  await applied(page, `New key for ${readerId}`);

  await next('A person');
  await steps.getByRole('link', { name: 'To the employees' }).click();
  await page.getByRole('button', { name: 'New employee' }).click();
  await dialog.getByLabel('Employee id').fill('emp-1');
  await dialog.getByLabel('Name', { exact: true }).fill('Ida Berg');
  await dialog.getByLabel('staff', { exact: true }).check();
  await send(page, 'Add employee');
  await page.getByRole('heading', { level: 1, name: 'Ida Berg' }).waitFor();
  const access = page.getByRole('region', { name: 'Access' });
  await access.getByRole('row', { name: /Offices Vienna Branch Every day round the clock open staff/ }).waitFor();

  await page.getByRole('button', { name: 'Link a card' }).click();
  await dialog.getByLabel('Card', { exact: true }).fill(CARD);
  await send(page, 'Link card');
  await page.getByRole('article', { name: `Card ${CARD}` }).waitFor();

  t.match(await swipeUntilGranted(gatewayUrl, key, { readerId, cardId: CARD, direction: 'in' }), {
    outcome: 'granted',
    reason: 'passback-detected',
    employeeId: 'emp-1',
    buildingId: 'vienna-branch',
    zoneId: 'vienna-branch-offices',
  });

  await watchLive(t, page, () => post(gatewayUrl, key, { readerId, cardId: 'card-unknown', direction: 'in' }));

  await handleAlarm(page, () =>
    fetch(`${gatewayUrl}/v1/door-events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({
        eventId: randomUUID(),
        readerId,
        type: 'forced-open',
        occurredAt: new Date().toISOString(),
      }),
    }),
  );

  await page.getByRole('link', { name: 'Site' }).click();
  await page.getByRole('article', { name: 'Vienna Branch' }).getByText('Main entrance').waitFor();
  t.equal(await steps.count(), 0, 'all steps are done');
  await page.getByRole('button', { name: 'Remove Offices' }).click();
  await dialog.getByText('1 person is inside').waitFor();
  await dialog.getByText('2 readers').waitFor();
}

t.test('from nothing to a granted swipe, by the console alone', async (t) => {
  const browser = await launchChromium();
  if (browser === undefined) t.pass('by the console alone', { skip: NO_CHROMIUM });
  else await fromEmptyToGranted(t, browser);
});
