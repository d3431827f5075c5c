// Own process: takes long.
import { launchChromium, NO_CHROMIUM } from '@swipegate/simulator/report/test/chromium';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { HOSTILE_EMPLOYEE, HOSTILE_NAME, KNOWN_EMPLOYEE, startBackOffice } from './back-office.js';
import { goTo, openConsole, signIn, WIDE } from './console-in-browser.js';

async function inBrowser(t: Test, browser: Browser): Promise<void> {
  const office = await startBackOffice(t);
  const { knownName } = office;

  const ROUTES: [route: string, title: string | RegExp][] = [
    ['employees', 'Employees'],
    [`employees/${KNOWN_EMPLOYEE}`, knownName],
    [`employees/${HOSTILE_EMPLOYEE}`, HOSTILE_NAME],
    [`employees/${KNOWN_EMPLOYEE}/swipes`, /Swipes/],
    ['muster', 'People inside'],
    ['visits', 'Visitors'],
    ['attendance', 'Attendance'],
    ['lockdown', 'Lockdown'],
    ['site', 'Site'],
    ['site/readers/hq-lab-in-1', 'Reader hq-lab-in-1'],
    ['cards?number=161,45763', 'Cards'],
    ['changes', 'Changes'],
    ['imports', 'Import'],
    ['settings', 'Settings'],
    ['nowhere', 'Page not found'],
  ];
  for (const options of [
    WIDE,
    { colorScheme: 'dark', viewport: { width: 380, height: 800 }, reducedMotion: 'reduce' } as const,
  ]) {
    await t.test(`axe finds no violations, ${options.colorScheme} and ${options.viewport.width} px wide`, async (t) => {
      const page = await openConsole(t, office, browser, options);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      t.same(await violations(page), [], 'the sign-in page');
      await signIn(page, 'Anders');
      for (const [route, title] of ROUTES) {
        await goTo(page, office, route, title);
        t.same(await violations(page), [], route);
        t.equal(await page.evaluate(SIDEWAYS), false, `${route} fits the window`);
      }
      // The first round starts the roll call; the second finds it open.
      await goTo(page, office, 'muster', 'People inside');
      await page.getByRole('button', { name: 'Start a roll call' }).click();
      await page.getByLabel('Why').fill('Drill');
      t.same(await violations(page, 'dialog'), [], 'start a roll call');
      await page.getByRole('button', { name: 'Start the roll call' }).click();
      await page.getByRole('heading', { level: 1, name: 'Roll call: hq' }).waitFor();
      t.same(await violations(page), [], 'roll call');
      t.equal(await page.evaluate(SIDEWAYS), false, 'the roll call fits the window');
      await goTo(page, office, `employees/${KNOWN_EMPLOYEE}`, knownName);
      for (const name of ['Link a card', 'Edit', 'Report stolen']) {
        await page.getByRole('button', { name }).click();
        await page.getByRole('dialog').waitFor();
        t.same(await violations(page, 'dialog'), [], name);
        await page.keyboard.press('Escape');
      }
      await goTo(page, office, 'site', 'Site');
      for (const name of [
        'Add door to Laboratory',
        'Edit Laboratory',
        'Edit staff',
        'Edit night-shift',
        'Remove always',
      ]) {
        await page.getByRole('button', { name }).first().click();
        await page.getByRole('dialog').waitFor();
        t.same(await violations(page, 'dialog'), [], name);
        await page.keyboard.press('Escape');
      }
    });
  }
}

const SIDEWAYS = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';

/** Violations of WCAG 2.2 A and AA and of best practices that axe-core finds. @param where selects the part to check */
async function violations(page: Page, where = 'html'): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate<AxeResults>(`axe.run('${where}')`);
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

t.test('accessibility in a browser', async (t) => {
  const browser = await launchChromium();
  if (browser === undefined) t.pass('accessibility in a browser', { skip: NO_CHROMIUM });
  else await inBrowser(t, browser);
});
