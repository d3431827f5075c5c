// Own process: takes long.
import { readFile } from 'node:fs/promises';
import { launchChromium, NO_CHROMIUM } from '@swipegate/simulator/report/test/chromium';
import type { Browser } from 'playwright-core';
import t, { type Test } from 'tap';
import { startBackOffice } from './back-office.js';
import { goTo, signedIn, WIDE } from './console-in-browser.js';

/** A telephone held upright. */
const TELEPHONE = { ...WIDE, viewport: { width: 390, height: 844 } };
/** The roll calls in the browser's storage. */
const KEPT =
  "Object.entries(localStorage).flatMap(([key, kept]) => (key.startsWith('swipegate-roll-call ') ? kept : [])).join()";
const SIDEWAYS = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';

/** A day at the guard's desk. */
async function inBrowser(t: Test, browser: Browser): Promise<void> {
  const office = await startBackOffice(t);

  await t.test('an evacuation with two telephones, one of them without network for a while', async (t) => {
    const gabriel = await signedIn(t, office, browser, 'Gabriel', TELEPHONE);
    await goTo(gabriel, office, 'muster', 'People inside');
    await gabriel.getByRole('button', { name: 'Start a roll call' }).click();
    await gabriel.getByLabel('Why').fill('Fire alarm in the laboratory');
    await gabriel.getByRole('button', { name: 'Start the roll call' }).click();
    await gabriel.getByRole('heading', { level: 1, name: 'Roll call: hq' }).waitFor();
    await gabriel.getByText('12 of 12 still sought').waitFor();
    t.equal(await gabriel.evaluate(SIDEWAYS), false, 'fits a telephone');

    const samuel = await signedIn(t, office, browser, 'Samuel', TELEPHONE);
    await goTo(samuel, office, 'muster', 'People inside');
    await samuel.getByRole('link', { name: /Fire alarm in the laboratory/ }).click();
    await samuel.getByText('12 of 12 still sought').waitFor();

    await gabriel.getByLabel('Assembly point').fill('Car park');
    await gabriel
      .getByRole('button', { name: /^Safe: / })
      .first()
      .click();
    await samuel.getByText('11 of 12 still sought').waitFor();

    await samuel.context().setOffline(true);
    for (const left of [10, 9]) {
      await samuel
        .getByRole('button', { name: /^Safe: / })
        .first()
        .click();
      await samuel.getByText(`${left} of 12 still sought`).waitFor();
    }
    await samuel.getByText('2 ticks wait on this device to be sent.').waitFor();
    await samuel.getByText(/No connection\./).waitFor();
    await gabriel
      .getByRole('button', { name: /^Missing: / })
      .last()
      .click();
    await gabriel.getByText('missing', { exact: true }).waitFor();
    t.equal(await gabriel.getByText('11 of 12 still sought').count(), 1, 'a missing person is still sought');
    await samuel.context().setOffline(false);
    await gabriel.getByText('9 of 12 still sought').waitFor();
    await samuel.getByText('missing', { exact: true }).waitFor();
    t.equal(await samuel.getByText('ticks wait').count(), 0);

    const [saved] = await Promise.all([
      gabriel.waitForEvent('download'),
      gabriel.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    const lines = (await readFile(await saved.path(), 'utf8')).trim().split('\r\n');
    t.equal(lines.length, 13);
    t.equal(lines.filter((line) => /safe.gabriel.+Car park/.test(line)).length, 1);
    t.equal(lines.filter((line) => /safe.samuel/.test(line)).length, 2);

    await gabriel.getByLabel('Show').selectOption('all');
    await gabriel
      .getByRole('button', { name: /^Undo: / })
      .first()
      .click();
    await samuel.getByText('10 of 12 still sought').waitFor();
    const lent = await signedIn(t, office, browser, 'Gabriel', TELEPHONE);
    await goTo(lent, office, 'muster', 'People inside');
    await lent.getByRole('link', { name: /Fire alarm in the laboratory/ }).click();
    await lent.getByText('10 of 12 still sought').waitFor();
    t.match(await lent.evaluate<string>(KEPT), /"people":\[\{.*"name":/);
    await lent.route('**/ticks', (route) => route.abort());
    await lent
      .getByRole('button', { name: /^Missing: / })
      .first()
      .click();
    await lent.getByText('1 tick waits on this device to be sent.').waitFor();
    await lent.getByRole('button', { name: 'Sign out' }).click();
    await lent.getByRole('button', { name: 'Sign in' }).waitFor();
    const left = await lent.evaluate<string>(KEPT);
    t.match(left, /"waiting":\[\{.+"state":"missing"/, 'the tick that waits survives the sign-out');
    t.notMatch(left, /"name":/, 'the names do not');

    await gabriel.getByRole('button', { name: 'End the roll call' }).click();
    await gabriel.getByRole('dialog').getByRole('button', { name: 'End the roll call' }).click();
    await samuel.getByText(/Ended /).waitFor();
    t.equal(await samuel.getByRole('button', { name: 'End the roll call' }).count(), 0);
  });

  await t.test('a lockdown of the laboratory, seen on every page until it ends', async (t) => {
    const gabriel = await signedIn(t, office, browser, 'Gabriel', TELEPHONE);
    const samuel = await signedIn(t, office, browser, 'Samuel', TELEPHONE);
    await goTo(gabriel, office, 'lockdown', 'Lockdown');
    await gabriel.getByText('Nothing is locked down.').waitFor();
    await gabriel.getByRole('button', { name: 'Lock down' }).click();
    const dialog = gabriel.getByRole('dialog', { name: 'Lock down' });
    await dialog.getByLabel('Lock', { exact: true }).selectOption('zoneId/hq-lab');
    await dialog.getByLabel('Why').fill('Leaking gas');
    await dialog.getByRole('button', { name: 'Lock down' }).click();
    const row = gabriel.getByRole('table').getByRole('row').filter({ hasText: 'Leaking gas' });
    await row.getByText('gabriel').waitFor();
    t.match(await row.textContent(), /Lab.*nobody/i);
    await gabriel.getByText('A lockdown is in force.').waitFor();
    await gabriel.getByRole('button', { name: 'Lock down', exact: true }).click();
    await dialog.getByLabel('May still pass').selectOption('staff');
    await dialog.getByLabel('Why').fill('More gas');
    await dialog.getByRole('button', { name: 'Lock down' }).click();
    const whole = gabriel.getByRole('table').getByRole('row').filter({ hasText: 'More gas' });
    t.match(await whole.textContent(), /the whole site.*staff/, 'the site is the first choice');
    await whole.getByRole('button', { name: 'End', exact: true }).click();
    await gabriel.getByRole('dialog').getByLabel('Why').fill('A false alarm');
    await gabriel.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await whole.waitFor({ state: 'detached' });
    t.equal(await gabriel.evaluate(SIDEWAYS), false, 'fits a telephone');

    await samuel.reload();
    await samuel.getByText('A lockdown is in force.').waitFor();
    await samuel.getByRole('link', { name: 'See what is locked' }).click();
    await samuel.getByRole('button', { name: 'End', exact: true }).click();
    await samuel.getByRole('dialog').getByLabel('Why').fill('The gas is off');
    await samuel.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await samuel.getByText('Nothing is locked down.').waitFor();
    await samuel.getByText('A lockdown is in force.').waitFor({ state: 'hidden' });
  });
}

t.test('a day at the desk', async (t) => {
  const browser = await launchChromium();
  if (browser === undefined) t.pass('a day at the desk', { skip: NO_CHROMIUM });
  else await inBrowser(t, browser);
});
