import { seededRandom } from '@swipegate/contract/values/random';
import type { Histogram } from 'hdr-histogram-js';
import { latencyHistogram, latencyResultOf } from '../result/latency.js';
import type { ReaderResult, RunResult, Second } from '../result/run-result.js';

export interface SampleOptions {
  seconds?: number;
  readers?: number;
  rate?: number;
  /** Multiplies every latency. */
  slowness?: number;
  seed?: number;
}

/** Results by their options: making a histogram takes milliseconds, and tests ask for the same ones many times. */
const made = new Map<string, RunResult>();

/** Plausible result of a morning rush: a warm-up, a rise, and a minute with a slow gateway. */
export function sampleRun(options: SampleOptions = {}, change: Partial<RunResult> = {}): RunResult {
  const key = JSON.stringify(options);
  const run = made.get(key) ?? makeRun(options);
  made.set(key, run);
  return { ...structuredClone(run), ...change };
}

function makeRun(options: SampleOptions): RunResult {
  const { seconds = 300, readers = 96, rate = 400, slowness = 1, seed = 7 } = options;
  const random = seededRandom(seed);
  const [ack, ackSent, decision, decisionSent] = [
    latencyHistogram(),
    latencyHistogram(),
    latencyHistogram(),
    latencyHistogram(),
  ];
  const record = (histogram: Histogram, ms: number) => histogram.recordValue(Math.max(1, Math.round(ms * 1_000)));
  const series: Second[] = [];
  for (let atSecond = -10; atSecond < seconds; atSecond++) {
    const share = atSecond < 0 ? (atSecond + 11) / 11 : 0.7 + 0.3 * Math.sin((Math.PI * atSecond) / seconds);
    const due = Math.round(rate * share * (0.9 + 0.2 * random()));
    const isSlow = atSecond > seconds * 0.6 && atSecond < seconds * 0.7;
    const tail = () => slowness * (isSlow ? 8 : 1) * (2 + 6 * random() ** 3 + (random() < 0.01 ? 60 * random() : 0));
    // A day has as many samples as an hour.
    const samples = atSecond % Math.ceil(seconds / 3_600) === 0 ? 40 : 0;
    for (let i = 0; i < samples; i++) {
      const durable = tail();
      record(ackSent, durable);
      record(ack, durable + (isSlow ? 20 * random() : 0.2));
      record(decisionSent, durable + 40 * tail());
      record(decision, durable + 42 * tail());
    }
    const errors = isSlow && random() < 0.4 ? Math.ceil(4 * random()) : 0;
    series.push({
      atSecond,
      due,
      sent: due,
      accepted: due - errors,
      decided: Math.round(due * (0.97 + 0.05 * random())),
      errors,
      inFlight: Math.round(due * 0.1 * (isSlow ? 6 : 1)),
      ackP50: tail(),
      ackP99: 3 * tail() + 10 * slowness,
      decisionP50: 40 * tail(),
      decisionP99: 90 * tail() + 100 * slowness,
    });
  }
  const accepted = series.reduce((sum, second) => sum + second.accepted, 0);
  const denied = Math.round(accepted * 0.06);
  const ackFromDue = latencyResultOf(ack);
  return {
    format: 'swipegate-run/1',
    ok: true,
    valid: true,
    invalidBecause: [],
    scenario: 'office-morning-rush',
    target: 'http://127.0.0.1:8080/',
    startedAt: '2026-11-23T07:45:00.000Z',
    seed,
    readers,
    rate,
    warmUpMs: 10_000,
    durationMs: seconds * 1_000,
    counts: {
      due: accepted + 12,
      skipped: 4,
      sent: accepted + 8,
      accepted,
      decided: accepted,
      refused: 0,
      unanswered: 0,
      retries: 31,
    },
    faults: { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 },
    examples: [],
    outcomes: {
      granted: { granted: accepted - denied - 90, 'passback-detected': 60, duress: 3 },
      denied: {
        'denied-zone-no-access-rights': Math.round(denied * 0.6),
        'denied-passback': Math.round(denied * 0.2),
        'denied-card-not-found': denied - Math.round(denied * 0.6) - Math.round(denied * 0.2),
      },
      recorded: { granted: 27 },
    },
    problems: { 'service-unavailable': 28, ECONNRESET: 3 },
    ack: { fromDue: ackFromDue, fromSend: latencyResultOf(ackSent) },
    decision: { fromDue: latencyResultOf(decision), fromSend: latencyResultOf(decisionSent) },
    generatorDelayMs: 3.4,
    seconds: series,
    perReader: sampleReaders(readers, accepted, random),
    thresholds: [
      { expression: 'ack.p99<100ms', actual: ackFromDue.p99, ok: true },
      { expression: 'lost==0', actual: 0, ok: true },
    ],
    unjudgedZones: [],
  };
}

function sampleReaders(readers: number, swipes: number, random: () => number): ReaderResult[] {
  return Array.from({ length: readers }, (_, i) => {
    const own = Math.round((swipes / readers) * (0.4 + 1.2 * random()));
    return {
      readerId: `hq-${String.fromCharCode(97 + (i % 6))}${1 + Math.floor(i / 6)}-in`,
      swipes: own,
      denied: Math.round(own * 0.12 * random()),
      errors: random() < 0.05 ? Math.ceil(6 * random()) : 0,
      ackP99: random() < 0.02 ? null : 12 + 30 * random() ** 3 + (i === 41 ? 160 : 0),
    };
  });
}

const nothing = latencyResultOf(latencyHistogram());

/** Empty run: stopped before its first swipe. */
export function emptyRun(change: Partial<RunResult> = {}): RunResult {
  return {
    ...sampleRun({ seconds: 1, readers: 1 }),
    counts: { due: 0, skipped: 0, sent: 0, accepted: 0, decided: 0, refused: 0, unanswered: 0, retries: 0 },
    readers: 0,
    durationMs: 0,
    outcomes: { granted: {}, denied: {}, recorded: {} },
    problems: {},
    ack: { fromDue: nothing, fromSend: nothing },
    decision: { fromDue: nothing, fromSend: nothing },
    seconds: [],
    perReader: [],
    thresholds: [],
    ...change,
  };
}
