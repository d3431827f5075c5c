import { stripVTControlCharacters } from 'node:util';
import { fit, printable, widthOf } from '@swipegate/terminal/fit';
import { sparkline } from '@swipegate/terminal/sparkline';
import fc from 'fast-check';
import t from 'tap';
import { type LiveView, liveLine, liveLines } from '../lines/live.js';

const plain = { color: false, columns: 80, rows: 24 };

function view(change: Partial<LiveView> = {}): LiveView {
  return {
    scenario: 'office-morning-rush',
    phase: 'swiping',
    elapsedMs: 83_400,
    durationMs: 300_000,
    readers: 1_000,
    rate: 400,
    perSecond: { due: 400.2, accepted: 399, decided: 398.5, errors: 0 },
    totals: { due: 33_360, accepted: 33_300, decided: 33_250, errors: 0, retries: 12 },
    inFlight: 50,
    overdue: 0,
    generatorDelayMs: 1.2,
    invalidBecause: [],
    ack: { p50: 2.1, p90: 4.4, p99: 18.3, p999: 61 },
    decision: { p50: 91, p90: 140, p99: 310, p999: null },
    outcomes: { granted: { granted: 31_000 }, denied: { 'denied-passback': 2_250 }, recorded: {} },
    lastMinute: Array.from({ length: 60 }, (_, i) => i),
    ...change,
  };
}

t.test('a snapshot of a run', async (t) => {
  t.strictSame(liveLines(view(), plain), [
    'office-morning-rush  swiping 01:23 of 05:00   1,000 readers, target 400/s',
    `  ${'█'.repeat(19)}${'░'.repeat(51)}  27 %`,
    '  due          400.2 /s          33,360',
    '  accepted     399.0 /s          33,300',
    '  decided      398.5 /s          33,250',
    '  errors         0.0 /s               0   retries 12',
    '  in flight        50   lost or overdue      0',
    '  generator late by 1.2 ms',
    `  accepted /s      ${sparkline(view().lastMinute, 51)}  max 59`,
    '                           p50       p90       p99     p99.9',
    '  swipe to durable      2.1 ms    4.4 ms     18 ms     61 ms',
    '  swipe to decision      91 ms    140 ms    310 ms      -',
    '  granted                                        31,000  93.2 %  ############',
    '  denied                                          2,250   6.8 %  #',
    '    denied-passback                               2,250   6.8 %',
  ]);
});

t.test('a snapshot in one line, for a log', async (t) => {
  t.equal(
    liveLine(view()),
    '01:23  due 33360  accepted 33300 (399/s)  decided 33250 (31000 granted, 2250 denied)  errors 0  in flight 50  overdue 0  durable p50 2.1 ms p99 18 ms  decision p50 91 ms p99 310 ms',
  );
  t.match(liveLine(view({ phase: 'settling', invalidBecause: ['late'] })), /^01:23 {2}settling .* INVALID$/);
});

t.test('problems are red and in words', async (t) => {
  const lines = liveLines(
    view({
      overdue: 3,
      invalidBecause: ['the generator was 900 ms late'],
      totals: { ...view().totals, errors: 2 },
    }),
    { ...plain, color: true },
  );
  const red = lines.filter((line) => line.startsWith('\u001b[31m')).join('\n');
  t.match(red, /errors .* 2 /);
  t.match(red, /lost or overdue {6}3/);
  t.match(red, /INVALID: the generator was 900 ms late/);
});

t.test('until Ctrl-C there is no bar', async (t) => {
  t.equal(liveLines(view({ durationMs: undefined }), plain)[1], '  until Ctrl-C');
  t.match(liveLines(view({ durationMs: 0 }), plain)[1], /█ 100 %$/);
});

t.test('fits every terminal with any figures', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 100 });
  const figure = fc.double({ min: 0, max: 1e21, noNaN: true });
  const latency = fc.record({ p50: figure, p90: figure, p99: figure, p999: fc.constant(null) });
  const reasons = fc.dictionary(text, fc.nat(), { maxKeys: 12 });
  const views = fc.record({
    scenario: text,
    elapsedMs: figure,
    durationMs: fc.option(figure, { nil: undefined }),
    rate: figure,
    inFlight: fc.nat(),
    perSecond: fc.record({ due: figure, accepted: figure, decided: figure, errors: figure }),
    invalidBecause: fc.array(text, { maxLength: 3 }),
    ack: latency,
    outcomes: fc.record({ granted: reasons, denied: reasons, recorded: reasons }),
    lastMinute: fc.array(figure, { maxLength: 200 }),
  });
  const size = fc.record({ columns: fc.integer({ min: 0, max: 200 }), rows: fc.integer({ min: 0, max: 40 }) });
  fc.assert(
    fc.property(views, size, (change, { columns, rows }) => {
      const bare = liveLines(view(change), { color: false, columns, rows });
      const colored = liveLines(view(change), { color: true, columns, rows });
      t.strictSame(colored.map(stripVTControlCharacters), bare, 'colour changes no character');
      return (
        bare.length <= Math.max(0, rows - 1) &&
        bare.every((line) => widthOf(line) <= Math.max(0, columns - 1) && !/\p{Cc}/u.test(line))
      );
    }),
    { numRuns: 200 },
  );
});

t.test('sparklines', async (t) => {
  t.equal(sparkline([0, 1, 50, 100], 10), '▁▂▅█');
  t.equal(sparkline([0, 0], 10), '▁▁', 'nothing at all');
  t.equal(sparkline([null, 3], 10), ' █', 'a gap for a missing value');
  t.equal(sparkline([1, 2, 3, 4], 2), '▇█', 'the last ones');
  t.equal(sparkline([1], 0), '');
});

t.test('cut and cleaned', async (t) => {
  t.equal(fit('abcdef', 6), 'abcdef');
  t.equal(fit('abcdef', 4), 'abc…');
  t.equal(fit('日本語です', 6), '日本…', 'two columns each');
  t.equal(fit('abc', 1), '…');
  t.equal(fit('abc', 0), '');
  t.equal(printable('a\u001b[31mb\u202ec\n'), 'a\ufffd[31mb\ufffdc\ufffd');
});
