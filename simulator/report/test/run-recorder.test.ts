import type { Decision } from '@swipegate/contract';
import t from 'tap';
import { Ledger, type LedgerEntry } from '../../verify/ledger.js';
import { CoarseLatency } from '../result/latency.js';
import { RunRecorder } from '../result/run-recorder.js';

const GRANTED = { outcome: 'granted', reason: 'granted', direction: 'in' } as const;

function entry(ledger: Ledger, dueMs: number, sentMs: number, readerId = 'door'): LedgerEntry {
  const swipe = { swipeId: ledger.nextSwipeId(), readerId, cardId: 'ann', readAt: '2026-11-23T09:00:00Z' };
  const made = ledger.sent(swipe, GRANTED, dueMs);
  made.sentMs = sentMs;
  return made;
}

function decision({ swipe }: LedgerEntry, change: Partial<Decision> = {}): Decision {
  const times = { receivedAt: swipe.readAt, decidedAt: swipe.readAt, timeBasis: 'readAt', sequence: '1' } as const;
  return { ...swipe, ...GRANTED, ...times, tenantId: 'acme', ...change };
}

t.test('latencies from due and from send, without the warm-up', async (t) => {
  const ledger = new Ledger();
  const recorder = new RunRecorder(() => 0);
  recorder.begin(1_000, 0);
  recorder.accepted(entry(ledger, 900, 901), 999, true);
  recorder.accepted(entry(ledger, 1_000, 1_040), 1_050, true);
  recorder.accepted(entry(ledger, 1_000, 1_040), 9_000, false);
  recorder.decided(entry(ledger, 1_000, 1_040), decision(entry(ledger, 0, 0)), 1_100, true);
  const { ack, decision: decided, counts } = recorder.figures();
  t.equal(counts.accepted, 3, 'all are counted');
  t.match([ack.fromDue.count, ack.fromSend.count, decided.fromDue.count], [1, 1, 1]);
  t.ok(Math.abs((ack.fromDue.max ?? 0) - 50) < 0.1 && Math.abs((ack.fromSend.max ?? 0) - 10) < 0.1);
  t.ok(Math.abs((decided.fromDue.max ?? 0) - 100) < 0.2 && Math.abs((decided.fromSend.max ?? 0) - 60) < 0.1);
});

t.test('one row per second, negative during the warm-up, without gaps', async (t) => {
  const ledger = new Ledger();
  let inFlight = 7;
  const recorder = new RunRecorder(() => inFlight);
  recorder.begin(2_000, 500);
  recorder.due(600);
  recorder.roll(900);
  inFlight = 5;
  recorder.due(1_001);
  recorder.due(1_999);
  inFlight = 3;
  // Without a call of roll(), a moment still belongs to its own second.
  recorder.accepted(entry(ledger, 2_000, 2_000), 2_040, true);
  inFlight = 1;
  recorder.roll(5_010);
  const { seconds } = recorder.figures();
  t.same(
    seconds.map(({ atSecond, due, inFlight }) => [atSecond, due, inFlight]),
    [
      [-2, 1, 5],
      [-1, 2, 3],
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
    ],
  );
  t.ok(Math.abs((seconds[2]?.ackP99 ?? 0) - 40) < 0.1);
  t.equal(seconds[3]?.ackP99, null, 'each second has its own');
});

t.test('readers, problems, outcomes, attacks', async (t) => {
  const ledger = new Ledger();
  const recorder = new RunRecorder(() => 0);
  recorder.begin(0, 0);
  const [a, b] = [entry(ledger, 0, 0), entry(ledger, 0, 0, 'gate')];
  recorder.sent(a);
  recorder.sent(b);
  recorder.retried('overloaded');
  recorder.retried('overloaded');
  recorder.accepted(a, 10, true);
  recorder.decided(a, decision(a, { outcome: 'denied', reason: 'denied-lockout' }), 20, true);
  recorder.gaveUp(b, 30, 'refused', 'invalid-item', 'why');
  recorder.attack('wrongKey', true);
  recorder.attack('wrongKey', false);
  const figures = recorder.figures();
  t.match(figures.counts, { sent: 2, retries: 2, refused: 1, unanswered: 0, decided: 1 });
  t.same(figures.problems, { 'invalid-item': 1, overloaded: 2 });
  t.same(figures.outcomes, { granted: {}, denied: { 'denied-lockout': 1 }, recorded: {} });
  t.same(figures.attacks, { wrongKey: { sent: 2, repelled: 1 } });
  t.match(figures.perReader, [
    { readerId: 'door', swipes: 1, denied: 1, errors: 0 },
    { readerId: 'gate', swipes: 1, denied: 0, errors: 1, ackP99: null },
  ]);
  t.match(figures.examples, [/^refused: swipe .* at gate: why$/]);
});

t.test('the error of a coarse percentile is at most a fifth', async (t) => {
  const coarse = new CoarseLatency();
  t.equal(coarse.percentile(99), null);
  for (let ms = 1; ms <= 1_000; ms++) coarse.record(ms);
  for (const [percentile, exact] of [
    [50, 500],
    [90, 900],
    [99, 990],
  ] as const) {
    const said = coarse.percentile(percentile) ?? 0;
    t.ok(said >= exact && said <= exact * 1.2, `${said} for ${exact}`);
  }
  coarse.record(1e9);
  t.ok((coarse.percentile(100) ?? 0) > 60_000);
});
