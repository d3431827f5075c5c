import { widthOf } from '@swipegate/terminal/fit';
import fc from 'fast-check';
import t from 'tap';
import { compareLines } from '../lines/compare-lines.js';
import { comparedFigures, verdictOf } from '../result/comparison.js';
import { emptyRun, sampleRun } from './sample-run.js';

t.test('two runs side by side', async (t) => {
  const a = sampleRun({ seconds: 20 });
  const b = sampleRun({ seconds: 20, slowness: 2 }, { ok: false, faults: { ...a.faults, lost: 3 } });
  b.thresholds = [{ expression: 'lost==0', actual: 3, ok: false }];
  const lines = compareLines(a, b);
  t.match(lines[0], /^A {2}passed {3}2026-11-23T07:45 {2}00:20 {2}96 readers {2}office-morning-rush$/);
  t.match(lines[1], /^B {2}FAILED/);
  t.match(
    lines.find((line) => line.startsWith('lost ')),
    / 0 +3 +– {2}worse$/,
  );
  t.match(
    lines.find((line) => line.startsWith('target rate')),
    / 400 \/s +400 \/s +1\.00$/,
  );
  t.match(
    lines.find((line) => line.startsWith('swipe to durable, p50')),
    / ms +[\d.]+ ms +(1\.9|2\.)\d?\d? {2}worse$/,
  );
  t.match(
    lines.find((line) => line.startsWith('lost==0')),
    / met +NOT MET$/,
  );
  t.match(
    lines.find((line) => line.startsWith('ack.p99<100ms')),
    / met +–$/,
  );
});

t.test('a search compares its highest rate, an attack the hostile posts not repelled', async (t) => {
  const run = sampleRun({ seconds: 3 });
  const probe = { acceptedPerSecond: 98, because: [], ok: true, ackP99: 12, decisionP99: 90 };
  const a = { ...run, probes: [{ ...probe, rate: 100 }], attacks: { wrongKey: { sent: 5, repelled: 5 } } };
  const b = {
    ...run,
    probes: [
      { ...probe, rate: 100 },
      { ...probe, rate: 150 },
    ],
    attacks: { wrongKey: { sent: 5, repelled: 3 } },
  };
  const lines = compareLines(a, b);
  t.match(
    lines.find((line) => line.startsWith('highest rate that holds')),
    / 100 \/s +150 \/s +1\.50 {2}better$/,
  );
  t.match(
    lines.find((line) => line.startsWith('hostile posts not repelled')),
    / 0 +2 +– {2}worse$/,
  );
  t.equal(
    compareLines(run, run).find((line) => /^highest|^hostile/.test(line)),
    undefined,
    'neither row if neither run has any',
  );
});

t.test('verdicts ignore noise', async (t) => {
  const of = (a: number | null, b: number | null, better?: 'lower' | 'higher') =>
    verdictOf({ name: '', unit: 'ms', a, b, better });
  t.equal(of(100, 109, 'lower'), 'alike');
  t.equal(of(100, 111, 'lower'), 'worse');
  t.equal(of(100, 89, 'lower'), 'better');
  t.equal(of(100, 111, 'higher'), 'better');
  t.equal(of(0, 1, 'lower'), 'worse');
  t.equal(of(0, 0, 'lower'), 'alike');
  t.equal(of(1, 2), 'alike');
  t.equal(of(null, 2, 'lower'), 'alike');
});

t.test('a value that was not measured is a dash', async (t) => {
  const lines = compareLines(emptyRun(), sampleRun({ seconds: 3 }));
  t.match(
    lines.find((line) => line.startsWith('swipe to durable, p50')),
    / – +[\d.]+ ms +–$/,
  );
  t.match(
    lines.find((line) => line.startsWith('accepted per second')),
    / – +[\d.]+ \/s +–$/,
  );
  t.equal(comparedFigures(emptyRun(), emptyRun()).length, lines.length - 4 - 2);
});

t.test('lines are at most 80 columns wide and have no control characters', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 120 });
  const a = emptyRun();
  fc.assert(
    fc.property(text, text, fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (scenario, expression, ms) => {
      const b = {
        ...a,
        scenario,
        startedAt: expression,
        generatorDelayMs: ms,
        thresholds: [{ expression, actual: 1, ok: true }],
      };
      const lines = compareLines(a, b);
      return lines.every((line) => widthOf(line) <= 80 && !/\p{Cc}/u.test(line));
    }),
  );
  t.pass();
});
