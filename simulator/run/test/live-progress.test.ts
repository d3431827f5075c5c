import t from 'tap';
import { LiveProgress } from '../live-progress.js';
import type { LoadWorkerProgress } from '../load-worker-messages.js';

const second = { due: 10, sent: 10, accepted: 9, decided: 8, errors: 1, inFlight: 2 };
const nothing = { ackP50: null, ackP99: null, decisionP50: null, decisionP99: null };

function worker(change: Partial<LoadWorkerProgress> = {}): LoadWorkerProgress {
  return {
    phase: 'swiping',
    counts: { due: 100, skipped: 1, sent: 99, accepted: 90, decided: 80, refused: 2, unanswered: 1, retries: 5 },
    inFlight: 10,
    overdue: 1,
    generatorDelayMs: 3,
    invalidBecause: [],
    ack: { p50: 1, p90: 2, p99: null, p999: 4 },
    decision: { p50: 5, p90: 6, p99: 7, p999: 8 },
    outcomes: { granted: { granted: 70 }, denied: { 'denied-lockout': 10 }, recorded: {} },
    second: { atSecond: 4, ...second, ...nothing },
    ...change,
  };
}

const options = {
  scenario: 's',
  readers: 8,
  warmUpMs: 5_000,
  durationMs: 60_000,
  rateAt: (atMs: number) => (atMs < 0 ? 1 : 20),
};

t.test('combines the workers into one view', async (t) => {
  const live = new LiveProgress(options);
  const late = worker({
    generatorDelayMs: 40,
    invalidBecause: ['late'],
    decision: { p50: 50, p90: 60, p99: 70, p999: null },
  });
  t.match(live.view(4_500, [worker(), late]), {
    phase: 'swiping',
    elapsedMs: 4_500,
    durationMs: 60_000,
    rate: 20,
    perSecond: { due: 20, accepted: 18, decided: 16, errors: 2 },
    totals: { due: 200, accepted: 180, decided: 160, errors: 6, retries: 10 },
    inFlight: 20,
    overdue: 2,
    generatorDelayMs: 40,
    invalidBecause: ['late'],
    ack: { p50: 1, p99: null },
    decision: { p50: 50, p99: 70, p999: 8 },
    outcomes: { granted: { granted: 140 }, denied: { 'denied-lockout': 20 } },
    lastMinute: [18],
  });
});

t.test('takes the phase of the slowest worker; the warm-up has its own duration', async (t) => {
  const live = new LiveProgress(options);
  t.match(live.view(-5_050, []), { phase: 'warming up', elapsedMs: 0, durationMs: 5_000, rate: 1 });
  t.match(live.view(-2_000, [worker({ phase: 'warming up' })]), { elapsedMs: 3_000, durationMs: 5_000 });
  t.equal(live.view(1, [worker({ phase: 'settling' }), worker()]).phase, 'swiping');
  t.equal(live.view(1, [worker({ phase: 'settling' }), worker({ phase: 'reconciling' })]).phase, 'settling');
});

t.test('remembers the last 60 seconds, each once', async (t) => {
  const live = new LiveProgress(options);
  for (let at = 0; at < 70; at++) {
    for (const _twice of [1, 2])
      live.view(at * 1_000, [worker({ second: { ...second, ...nothing, atSecond: at, accepted: at } })]);
  }
  const { lastMinute } = live.view(70_000, [worker({ second: undefined })]);
  t.equal(lastMinute.length, 60);
  t.equal(lastMinute.at(-1), 69);
});
