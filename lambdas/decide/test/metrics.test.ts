import type { Decision } from '@swipegate/contract';
import t from 'tap';
import { readEnvironment } from '../environment.js';
import { decideMetrics } from '../metrics.js';
import { swipeOf } from './small-site.js';

const RECEIVED_MS = Date.parse('2026-11-25T12:00:00Z');

function decided(n: number, outcome: Decision['outcome'], latencyMs: number): Decision {
  return {
    ...swipeOf({ n, receivedAt: new Date(RECEIVED_MS).toISOString() }),
    decidedAt: new Date(RECEIVED_MS + latencyMs).toISOString(),
    outcome,
    reason: 'granted',
    direction: 'in',
    timeBasis: 'readAt',
    sequence: '1.0',
  };
}

/** Returns the log lines written while `act` runs. The library writes to stdout directly. */
function written(act: () => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (chunk: string | Uint8Array) => {
    lines.push(String(chunk));
    return true;
  };
  try {
    act();
  } finally {
    process.stdout.write = write;
  }
  return lines.map((line) => JSON.parse(line));
}

t.test('one line an invocation, in the embedded metric format', async (t) => {
  const metrics = decideMetrics(readEnvironment({ POWERTOOLS_METRICS_NAMESPACE: 'Swipegate' }));
  const lines = written(() => {
    metrics.decided([decided(1, 'granted', 40), decided(2, 'denied', 60)]);
    metrics.decided([decided(3, 'granted', 50)]);
    metrics.parked(2);
    metrics.unreadable(4);
    metrics.publish({ swipes: 5, failed: 1 });
    metrics.publish({ swipes: 0, failed: 0 });
  });
  t.match(lines, [
    {
      _aws: { CloudWatchMetrics: [{ Namespace: 'Swipegate', Dimensions: [['service']] }] },
      service: 'decide',
      BatchSize: 5,
      Decisions: 3,
      'Reason.granted': 3,
      DecisionsGranted: 2,
      DecisionsDenied: 1,
      DecisionsRecorded: 0,
      ParkedRecords: 2,
      UnreadableRows: 4,
      FailedRecords: 1,
      DecisionLatency: [40, 60, 50],
    },
    { BatchSize: 0, DecisionsGranted: 0, ParkedRecords: 0 },
  ]);
  t.equal(lines.length, 2);
});

t.test('a large batch is also one line, with a sample of the latencies', async (t) => {
  const metrics = decideMetrics(readEnvironment({ POWERTOOLS_METRICS_NAMESPACE: 'Swipegate' }));
  const many = Array.from({ length: 5_000 }, (_, i) => decided(i + 1, 'granted', (i * 7) % 5_000));
  const [line, ...more] = written(() => {
    metrics.decided(many);
    metrics.publish({ swipes: many.length, failed: 0 });
  });
  const latencies = [line?.['DecisionLatency']].flat().map(Number);
  t.equal(latencies.length, 99);
  t.same([latencies[0], latencies[49], latencies.at(-1)], [0, 2500, 4_999]);
  t.equal(line?.['DecisionsGranted'], 5_000);
  t.same(more, []);
});

t.test('writes nothing unless a namespace is set', async (t) => {
  const metrics = decideMetrics(readEnvironment({}));
  t.same(
    written(() => {
      metrics.decided([decided(1, 'granted', 40)]);
      metrics.parked(1);
      metrics.publish({ swipes: 1, failed: 0 });
    }),
    [],
  );
});
