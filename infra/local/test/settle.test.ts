import t from 'tap';
import type { Report } from '../../../simulator/report/report.js';
import { settle } from '../settle.js';
import { isSound } from '../summary.js';

const nothing: Report = {
  ok: false,
  readers: 24,
  rate: 20,
  warmUpMs: 5_000,
  elapsedMs: 100,
  arrivals: 0,
  skipped: 0,
  accepted: 0,
  decided: 0,
  granted: {},
  denied: {},
  recorded: {},
  lost: 0,
  duplicated: 0,
  wrong: 0,
  changed: 0,
  reordered: 0,
  refused: 0,
  unanswered: 0,
  retries: 0,
  ackP50Ms: null,
  ackP99Ms: null,
  decisionP50Ms: null,
  decisionP99Ms: null,
  generatorDelayMs: 0,
  unjudgedZones: [],
  examples: [],
};

function settled(report: Partial<Report>, cutShort: boolean) {
  const accounts = { elapsedMs: 100, audit: undefined, totals: undefined, failures: [], cutShort };
  return settle({ ...accounts, report: { ...nothing, ...report } });
}

t.test('a run without a swipe has failed only if it had its whole time', async (t) => {
  t.ok(isSound(settled({}, true)), 'Ctrl-C before the first swipe');
  const whole = settled({}, false);
  t.notOk(isSound(whole));
  t.match(whole.failures, [/No swipe of a virtual reader was accepted/]);
  t.notOk(isSound(settled({ refused: 1 }, true)), 'a refused swipe is a fault at any time');
});
