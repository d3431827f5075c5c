import type { RunResult } from '@swipegate/simulator/report/result/run-result';
import { sampleRun } from '@swipegate/simulator/report/test/sample-run';
import t from 'tap';
import { isSound, summarize } from '../start/summary.js';

const NO_COUNTS = { due: 0, skipped: 0, sent: 0, accepted: 0, decided: 0, refused: 0, unanswered: 0, retries: 0 };

function settled(change: Partial<RunResult>, cutShort: boolean) {
  const nothing = {
    counts: NO_COUNTS,
    examples: [],
    thresholds: [],
    outcomes: { granted: {}, denied: {}, recorded: {} },
  };
  const result = sampleRun({ seconds: 1 }, { ...nothing, ...change });
  return summarize({ elapsedMs: 100, audit: undefined, totals: undefined, failures: [], cutShort, result });
}

t.test('a run without a swipe fails unless it was cut short', async (t) => {
  t.ok(isSound(settled({}, true)), 'Ctrl-C before the first swipe');
  const whole = settled({}, false);
  t.notOk(isSound(whole));
  t.match(whole.failures, [/accepted no swipe of a virtual reader/]);
  t.notOk(isSound(settled({ counts: { ...NO_COUNTS, refused: 1 } }, true)), 'a refused swipe is always a failure');
  const missed = { expression: 'ack.p99<1ms', actual: 2, ok: false };
  t.match(settled({ thresholds: [missed] }, true).failures, [/ack\.p99<1ms not met: 2/]);
  t.match(settled({ invalidBecause: ['late'] }, true), { failures: [], notes: [/not reliable: late/] });
  t.match(settled({ attacks: { wrongKey: { sent: 2, repelled: 1 } } }, true).failures, [/1 hostile requests/]);
});

t.test('restarts are reported, and are not failures', async (t) => {
  const restarts = new Map([['gateway', 2]]);
  const shared = { elapsedMs: 100, totals: undefined, failures: [], restarts };
  for (const result of [undefined, sampleRun({ seconds: 1 })]) {
    const summary = summarize({ ...shared, audit: undefined, result });
    t.match(summary.notes, ['gateway died and was started again: 2×.']);
    t.same(summary.failures, []);
  }
});
