import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { htmlReport, writeHtmlReport } from '../html/html-report.js';
import { HOSTILE, hostileRun } from './hostile-run.js';
import { sampleRun } from './sample-run.js';

const run = sampleRun({ seconds: 10, readers: 5 });

t.test('writes one complete file and no other', async (t) => {
  const folder = t.testdir();
  await writeHtmlReport([run], join(folder, 'report.html'));
  t.strictSame(await readdir(folder), ['report.html']);
  const page = await readFile(join(folder, 'report.html'), 'utf8');
  t.match(page, /^<!doctype html>/);
  t.match(page, /<\/html>\n$/);
});

t.test('has no links, and its policy allows no loading', async (t) => {
  const page = await htmlReport([run, run]);
  t.notMatch(page, /\b(?:src|srcset|action|data)=/);
  t.strictSame(
    Array.from(page.matchAll(/href="([^"]*)"/g), ([, address]) => address),
    ['data:,'],
  );
  t.notMatch(page, / style=| on[a-z]+=|url\(|@import/);
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  t.match(policy, /^default-src &#39;none&#39;; style-src &#39;sha256-/);
  t.notMatch(policy, /unsafe|https?:/);
});

t.test('hostile input stays text', async (t) => {
  const page = await htmlReport([hostileRun()]);
  t.notMatch(page, HOSTILE.slice(0, 20));
  t.notMatch(page, '<img');
  t.notMatch(page, '\u202e');
  t.equal(page.split('<script').length - 1, 2, 'the readings and the script');
});

t.test('its size is bounded for long runs and many readers', async (t) => {
  const long = sampleRun({ seconds: 86_400, readers: 10_000, rate: 10 });
  const [name] = ['r'.repeat(5_000)];
  const wide = { ...long, perReader: long.perReader.map((reader, i) => ({ ...reader, readerId: `${name}${i}` })) };
  const page = await htmlReport([wide, wide]);
  t.ok(page.length < 1_500_000, `${page.length} characters`);
});

t.test('rejects other numbers of runs than one or two', async (t) => {
  await t.rejects(htmlReport([]), { name: 'ReportError', code: 'REPORT_RESULTS', message: /0 were given/ });
  await t.rejects(htmlReport([run, run, run]), { code: 'REPORT_RESULTS', message: /3 were given/ });
});
