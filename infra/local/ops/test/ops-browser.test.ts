import { launchChromium, NO_CHROMIUM } from '@swipegate/simulator/report/test/chromium';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { ALARMS, WIDGETS } from '../../../dashboard/dashboard.js';
import { startOps } from '../ops-server.js';
import { OPERATOR_KEY, type StubGateway, stubGateway } from './stub-gateway.js';

const HOSTILE = '<img src=x onerror=alert(1)>';
const LIGHT = { colorScheme: 'light', viewport: { width: 1400, height: 900 } } as const;

interface Opened {
  page: Page;
  gateway: StubGateway;
  url: string;
}

async function inBrowser(t: Test, browser: Browser): Promise<void> {
  /** Opens the page with a stub gateway. Any page error or request to another origin fails the test. */
  const open = async (t: Test, options: BrowserContextOptions = LIGHT): Promise<Opened> => {
    const gateway = await stubGateway(t);
    gateway.denials = [
      { decidedAt: '2026-11-23T08:00:00Z', readerId: 'hq-north-1', cardId: HOSTILE, reason: 'denied-lockout' },
    ];
    gateway.silentReaders = [{ readerId: 'hq-roof-1', door: 'Roof', buildingId: 'hq', heardAt: null }];
    const ops = await startOps({ port: 0, host: '127.0.0.1', operatorKey: OPERATOR_KEY });
    t.teardown(() => ops.close());
    ops.watch({ gatewayUrl: gateway.url, otherMetricsUrls: [] });
    const page = await browser.newPage(options);
    t.teardown(() => page.close());
    page.on('pageerror', (error) => t.fail(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(ops.url).origin) && !request.url().startsWith('data:')) {
        t.fail(`request: ${request.url()}`);
      }
    });
    return { page, gateway, url: ops.url };
  };
  const opened = async (t: Test, options?: BrowserContextOptions): Promise<Opened> => {
    const it = await open(t, options);
    it.page.on('console', (message) => t.fail(`console: ${message.text()}`));
    await it.page.goto(it.url);
    await it.page.locator('#status.live').waitFor();
    await it.page.locator('[data-widget=reasons] .legend li').first().waitFor();
    return it;
  };

  await t.test('every widget and alarm is shown and updated', async (t) => {
    const { page } = await opened(t);
    for (const { id, title, kind, series } of WIDGETS) {
      const widget = page.locator(`[data-widget="${id}"]`);
      t.equal(await widget.count(), 1, id);
      const text = (await widget.textContent()) ?? '';
      t.ok(text.startsWith(title), `${id}: its title`);
      for (const each of series) {
        if (!('by' in each.onOneMachine)) t.ok(text.includes(each.title), `${id}: ${each.title}`);
        if ('nowhere' in each.onOneMachine) t.ok(text.includes(each.onOneMachine.nowhere), `${id}: why not`);
      }
      if (kind !== 'figures') {
        const box = await widget.locator('canvas').boundingBox();
        t.ok(box !== null && box.width > 300, `${id}: is drawn`);
      }
    }
    for (const { id, title, meaning, steps } of ALARMS) {
      const alarm = page.locator(`[data-alarm="${id}"]`);
      const text = (await alarm.textContent()) ?? '';
      for (const said of [title, meaning, ...steps]) t.ok(text.includes(said), `${id}: ${said}`);
      t.match(await alarm.locator('.badge').textContent(), /^(OK|ALARM|on AWS only)$/);
    }
    await page
      .locator('[data-widget=now] dd', { hasText: /^[1-9].*\/s$/ })
      .first()
      .waitFor();
    await page.locator('[data-widget=shards] .legend', { hasText: /shard 0 .*KiB\/s.*shard 1/ }).waitFor();
    t.equal(await sidewaysScroll(page), false, 'fits the window');
  });

  await t.test('denials and silent readers are shown as text, never as markup', async (t) => {
    const { page, gateway } = await opened(t);
    await page.locator('#denials tr', { hasText: 'denied lockout' }).waitFor();
    t.equal(await page.locator('#denials td').nth(3).textContent(), HOSTILE);
    t.equal(await page.locator('#denials img').count(), 0);
    await page.locator('#silent-readers tr', { hasText: 'hq-roof-1' }).waitFor();
    gateway.denials = [];
    await page.locator('#denials-note', { hasText: 'No denials' }).waitFor();
    t.equal(await page.locator('#denials tr').count(), 0);
  });

  await t.test('keys read out a chart and move the cursor of all charts', async (t) => {
    const { page } = await opened(t);
    const widget = page.locator('[data-widget=throughput]');
    const said = widget.locator('[aria-live]');
    // Rates need two moments.
    await widget.locator('.legend', { hasText: /swipes accepted\s*\d/ }).waitFor();
    await widget.locator('.plot').focus();
    await page.keyboard.press('End');
    t.match(await said.textContent(), /^\d\d:\d\d:\d\d: swipes accepted .*, decided /);
    const last = await said.textContent();
    await page.keyboard.press('Home');
    t.not(await said.textContent(), last, 'the first moment differs');
    const others = page.locator('[data-widget=buffers] .u-cursor-x');
    t.notMatch(await others.getAttribute('style'), /translate\(-\d/, 'the cursor of another chart moves too');
    await page.keyboard.press('Escape');
    t.equal(await said.textContent(), '');
  });

  await t.test('the page can be paused and resumed', async (t) => {
    const { page, gateway } = await opened(t);
    const pause = page.getByRole('button', { name: 'Pause' });
    await pause.press('Enter');
    t.equal(await pause.getAttribute('aria-pressed'), 'true');
    t.equal(await page.locator('#status').textContent(), 'Paused');
    const clock = await page.locator('#clock').textContent();
    const { scrapes } = gateway;
    while (gateway.scrapes < scrapes + 2)
      await page.waitForRequest(() => true, { timeout: 100 }).catch(() => undefined);
    t.equal(await page.locator('#clock').textContent(), clock);
    await pause.press('Enter');
    await page.locator('#status.live').waitFor();
    await page.getByLabel('15 min').check();
    t.ok(await page.getByLabel('15 min').isChecked());
  });

  await t.test('the page has a dark theme and fits a phone', async (t) => {
    const light = await opened(t);
    const ground = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const { page } = await opened(t, { colorScheme: 'dark', viewport: { width: 380, height: 800 } });
    t.not(await ground(page), await ground(light.page));
    t.equal(await sidewaysScroll(page), false, 'fits a phone');
  });

  await t.test('a remote browser must sign in with the key', async (t) => {
    const { page, url } = await open(t, { ...LIGHT, extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' } });
    await page.goto(url);
    await page.getByLabel('Operator’s key').fill('sgk_guessed');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'not an operator’s key' }).waitFor();
    await page.getByLabel('Operator’s key').fill(OPERATOR_KEY);
    await page.keyboard.press('Enter');
    await page.locator('#status.live').waitFor();
    t.notMatch(await page.evaluate<string>('document.cookie'), /swipegate/);
  });

  await t.test('the page reports a gateway that does not answer', async (t) => {
    const { page, gateway, url } = await open(t);
    await page.goto(url);
    await page.locator('#status.live').waitFor();
    gateway.stop();
    await page.locator('#status.broken', { hasText: 'The gateway does not answer' }).waitFor();
    await page.locator('#denials-note', { hasText: 'Not available' }).waitFor();
  });
}

function sidewaysScroll(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');
}

t.test('drawn in a browser', async (t) => {
  const browser = await launchChromium();
  if (browser === undefined) t.pass('drawn in a browser', { skip: NO_CHROMIUM });
  else await inBrowser(t, browser);
});
