import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { writeHtmlReport } from '../html/html-report.js';
import type { RunResult } from '../result/run-result.js';
import { launchChromium, NO_CHROMIUM } from './chromium.js';
import { hostileRun } from './hostile-run.js';
import { emptyRun, sampleRun } from './sample-run.js';

const LIGHT = { colorScheme: 'light', viewport: { width: 1280, height: 900 } } as const;
const RUN = sampleRun({ seconds: 120 });

async function inBrowser(t: Test, browser: Browser): Promise<void> {
  /** Opens a report. Fails the test if the page loads anything or logs to the console. */
  const open = async (t: Test, results: RunResult[], options: BrowserContextOptions = LIGHT): Promise<Page> => {
    const file = join(t.testdir(), 'report.html');
    await writeHtmlReport(results, file);
    const address = pathToFileURL(file).href;
    const page = await browser.newPage(options);
    t.teardown(() => page.close());
    page.on('console', (message) => t.fail(`console: ${message.text()}`));
    page.on('pageerror', (error) => t.fail(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== address && !request.url().startsWith('data:')) t.fail(`request: ${request.url()}`);
    });
    await page.goto(address);
    return page;
  };

  await t.test('a run is drawn', async (t) => {
    const page = await open(t, [RUN]);
    t.equal(await page.title(), 'passed: office-morning-rush');
    t.match(await page.locator('.verdict').textContent(), /^✓ passedEvery accepted swipe/);
    t.equal(await page.locator('.tile.good').count(), 5);
    for (const id of ['throughput', 'percentiles', 'in-flight', 'percentile-curve']) {
      const selector = `[data-chart=${id}] svg[role] path.line`;
      const lines = page.locator(selector);
      const strokes = await page.evaluate<string[]>(everyOne(selector, '(line) => getComputedStyle(line).stroke'));
      t.ok(
        strokes.every((stroke) => stroke.startsWith('rgb(')),
        `${id}: in colours`,
      );
      t.ok((await lines.count()) >= 1, id);
      for (const line of await lines.all()) {
        const box = await line.boundingBox();
        t.ok(box !== null && box.width > 300, `${id}: a line across the chart`);
      }
    }
    t.strictSame(await page.locator('[data-chart=percentile-curve] .tick[text-anchor=middle]').allTextContents(), [
      '0',
      '90',
      '99',
      '99.9',
    ]);
    t.equal(await page.locator('[data-heat] svg[role] rect').count(), RUN.perReader.length);
    t.equal(await sidewaysScroll(page), false, 'fits the window');
  });

  await t.test('a search, and hostile posts', async (t) => {
    const probe = { acceptedPerSecond: 98, because: [], ok: true, ackP99: 12, decisionP99: 90 };
    const failed = {
      ...probe,
      rate: 200,
      ok: false,
      because: ['ack.p99<250ms is <b>900</b>'],
      ackP99: 900,
      decisionP99: null,
    };
    const searched = sampleRun(
      { seconds: 20 },
      {
        probes: [{ ...probe, rate: 100 }, failed, failed, { ...probe, rate: 150 }],
        attacks: { wrongKey: { sent: 5, repelled: 5 }, malformed: { sent: 7, repelled: 6 } },
      },
    );
    const page = await open(t, [searched]);
    t.equal(await page.locator('[data-chart=search] svg[role] path.line').count(), 2);
    t.equal(await page.locator('[data-chart=search-rates] svg[role] path.line').count(), 2);
    for (const id of ['search', 'search-rates']) {
      const signs = page.locator(`[data-chart=${id}] svg[role] text.sign`);
      t.same(await signs.evaluateAll((all) => all.map((sign) => sign.firstChild?.textContent)), ['✓', '✓', '✗'], id);
      t.equal((await signs.last().getAttribute('class'))?.includes('bad'), true, 'not by its sign alone');
    }
    t.same(await page.getByRole('cell', { name: 'holds' }).count(), 2);
    t.equal(await page.getByText('ack.p99<250ms is <b>900</b>').count(), 2, 'as text');
    t.equal(await page.locator('tr', { hasText: 'malformed' }).locator('.bad').textContent(), '✗ not all');
    await page.locator('[data-chart=search] svg[role]').press('End');
    t.match(await page.locator('[data-chart=search] output').textContent(), /200 \/s does not hold/);
    await page.locator('[data-chart=search-rates] svg[role]').press('Home');
    t.match(
      await page.locator('[data-chart=search-rates] .legend').textContent(),
      /target\s+100 \/s.*accepted\s+98 \/s/,
    );
    t.equal(await sidewaysScroll(page), false, 'fits the window');
  });

  await t.test('the picture has the colours of the lines', async (t) => {
    const page = await open(t, [RUN]);
    const png = await page.locator('[data-chart=throughput] svg[role]').screenshot();
    const found = await page.evaluate<number>(
      `(async () => {
        const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob('${png.toString('base64')}'), (c) => c.charCodeAt(0))]));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i] > 190 && data[i + 1] > 70 && data[i + 1] < 120 && data[i + 2] < 40) found += 1;
        return found;
      })()`,
    );
    t.ok(found > 100, `${found} pixels of the line of errors`);
  });

  await t.test('follows light and dark mode, and is legible in both', async (t) => {
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(t, [RUN], { ...LIGHT, colorScheme });
      const colors = await page.evaluate<{ ground: string; pairs: [string, string, string][] }>(COLORS);
      grounds.push(colors.ground);
      for (const [name, ink, ground] of colors.pairs) {
        t.ok(contrast(ink, ground) >= 4.5, `${colorScheme}: ${name}, ${contrast(ink, ground).toFixed(1)} to 1`);
      }
    }
    t.ok(luminance(grounds[0] ?? '') > 0.8, 'light');
    t.ok(luminance(grounds[1] ?? '') < 0.05, 'dark');
  });

  await t.test('works by keyboard', async (t) => {
    const page = await open(t, [RUN]);
    const chart = page.locator('[data-chart=throughput]');
    await tabTo(page, '[data-chart=throughput] svg[role]');
    await page.keyboard.press('Home');
    t.equal(await chart.locator('.at').textContent(), 'at −00:10');
    await page.keyboard.press('Shift+ArrowRight');
    t.equal(await chart.locator('.at').textContent(), 'at 00:00');
    t.match(await chart.locator('.legend button').first().textContent(), /^due\s+\d+ \/s$/);
    await page.keyboard.press('End');
    t.equal(await chart.locator('.at').textContent(), 'at 01:59');
    await page.keyboard.press('ArrowLeft');
    t.equal(await chart.locator('.at').textContent(), 'at 01:58');
    await page.keyboard.press('Escape');
    t.equal(await chart.locator('.at').textContent(), '');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    t.equal(await chart.locator('svg[role] path.due').isVisible(), false, 'a line is switched off');
    await page.keyboard.press('Space');
    t.equal(await chart.locator('svg[role] path.due').isVisible(), true);

    await tabTo(page, '[data-heat] input');
    const fills = () =>
      page.evaluate<string>(
        `${everyOne('[data-heat] svg[role] rect', '(cell) => getComputedStyle(cell).fill')}.join()`,
      );
    const byLatency = await fills();
    await page.keyboard.press('ArrowRight');
    t.not(await fills(), byLatency, 'another measure, other colours');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    t.match(await page.locator('[data-heat] .at').textContent(), /^hq-a1-in: [\d,]+ swipes, /);
    await page.keyboard.press('ArrowDown');
    t.equal(await page.locator('[data-heat] rect.here').count(), 1);
  });

  await t.test('works by pointer', async (t) => {
    const page = await open(t, [RUN]);
    await page.locator('[data-chart=percentile-curve] svg[role]').hover();
    t.match(await page.locator('[data-chart=percentile-curve] .at').textContent(), /^at 9\d(\.\d+)? %$/);
    t.match(await page.locator('[data-chart=percentile-curve] .legend').textContent(), /durable\s+[\d.]+ ms/);
    await page.locator('[data-heat] svg[role] rect').nth(3).hover();
    t.match(await page.locator('[data-heat] .at').textContent(), /^hq-a4-in: /);
  });

  await t.test('without scripts only the cursor is missing', async (t) => {
    const page = await open(t, [RUN], { ...LIGHT, javaScriptEnabled: false });
    t.ok(((await page.locator('[data-chart=throughput] path.ack').first().boundingBox())?.width ?? 0) > 300);
    await page.locator('[data-heat] input').nth(1).check();
    t.equal(await page.locator('.scale.by-s').isVisible(), true);
    t.equal(await page.locator('.scale.by-l').isVisible(), false);
  });

  await t.test('two runs share the charts', async (t) => {
    const faults = { ...RUN.faults, lost: 2 };
    const page = await open(t, [
      RUN,
      sampleRun({ seconds: 60, slowness: 2 }, { ok: false, faults, examples: ['lost: x'] }),
    ]);
    t.strictSame(await page.locator('.badge').allTextContents(), ['✓ passed', '✗ failed']);
    for (const id of [
      'throughput',
      'errors',
      'ack-percentiles',
      'decision-percentiles',
      'ack-curve',
      'decision-curve',
    ]) {
      t.equal(await page.locator(`[data-chart=${id}] svg[role] path.line.a`).count(), 1, `${id} A`);
      t.equal(await page.locator(`[data-chart=${id}] svg[role] path.line.b`).count(), 1, `${id} B`);
    }
    t.match(await page.locator('tr', { hasText: /^lost\d/ }).textContent(), /^lost02–▼ worse/);
    t.equal(await page.locator('[data-heat]').count(), 2);
    t.equal(await sidewaysScroll(page), false, 'fits the window');
  });

  await t.test('an empty run, and a run with 10,000 readers', async (t) => {
    const empty = await open(t, [emptyRun()]);
    t.equal(await empty.locator('.nothing').count(), 4);
    t.equal(await empty.locator('.tile.good, .tile.bad').count(), 0, 'no swipe proves nothing');
    const many = await open(t, [sampleRun({ readers: 10_000, seconds: 7_200, rate: 5_000 })], {
      ...LIGHT,
      viewport: { width: 390, height: 800 },
    });
    t.ok((await many.locator('[data-heat] svg[role] rect').count()) <= 600);
    t.equal(await sidewaysScroll(many), false, 'fits a telephone');
    const isCut = everyOne('.figure', '(figure) => figure.scrollWidth > figure.clientWidth');
    t.strictSame(await many.evaluate<boolean[]>(isCut), new Array(7).fill(false), 'large figures fit');
  });

  await t.test('a hostile name stays text', async (t) => {
    for (const results of [[hostileRun()], [hostileRun(), hostileRun()]]) {
      const page = await open(t, results);
      t.equal(await page.evaluate('window.broken'), undefined);
      t.equal(await page.locator('img, b b, script:not([type])').count(), 0);
      t.match(await page.locator('h1').textContent(), '</script></style></title><img src=x onerror=');
    }
  });

  await t.test('its policy blocks other scripts and all loading', async (t) => {
    const page = await open(t, [RUN]);
    page.removeAllListeners('console');
    page.removeAllListeners('request');
    const refusals = ['script-src', 'img-src'].map((directive) =>
      page.waitForEvent('console', (message) => message.text().includes(directive)),
    );
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'window.broken = 1';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'http://127.0.0.1:9/x.png';
      document.body.append(image);
    }`);
    t.equal((await Promise.all(refusals)).length, 2, 'both are refused');
    t.equal(await page.evaluate('window.broken'), undefined);
  });
}

async function sidewaysScroll(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');
}

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate<boolean>(`document.activeElement.matches('${selector}')`)) return;
  }
  throw new Error(`Tab does not reach ${selector}`);
}

/** JavaScript for the page: maps a function over all elements that match. */
function everyOne(selector: string, say: string): string {
  return `Array.from(document.querySelectorAll('${selector}'), ${say})`;
}

/** Colours of each text and of its background. */
const COLORS = `(() => {
  const of = (selector, property) => getComputedStyle(document.querySelector(selector))[property];
  const ground = of('body', 'backgroundColor');
  const card = of('.card', 'backgroundColor');
  return {
    ground,
    pairs: [
      ['text', of('body', 'color'), ground],
      ['facts', of('.facts dt', 'color'), ground],
      ['notes', of('.card .note', 'color'), card],
      ['marks of an axis', of('.tick', 'fill'), card],
      ['verdict', of('.badge', 'color'), of('.verdict', 'backgroundColor')],
      ['met', of('td.good', 'color'), card],
    ],
  };
})()`;

/** Relative luminance of rgb(r, g, b), as WCAG 2 has it. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = Array.from(color.matchAll(/\d+/g), ([part]) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

t.test('drawn in a browser', async (t) => {
  const browser = await launchChromium();
  if (browser === undefined) t.pass('drawn in a browser', { skip: NO_CHROMIUM });
  else await inBrowser(t, browser);
});
