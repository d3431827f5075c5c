import fc from 'fast-check';
import t from 'tap';
import { histogramOf } from '../../report/result/latency.js';
import { sampleRun } from '../../report/test/sample-run.js';
import { judgeThreshold, parseThreshold, ThresholdError } from '../thresholds.js';

const run = sampleRun({ seconds: 20 });

t.test('valid thresholds', async (t) => {
  t.same(parseThreshold('ack.p99<50ms'), { metric: 'ack.p99', operator: '<', value: 50 });
  t.same(parseThreshold(' decision.p95 <= 0.5s '), { metric: 'decision.p95', operator: '<=', value: 500 });
  t.same(parseThreshold('lost==0'), { metric: 'lost', operator: '==', value: 0 });
  t.same(parseThreshold('ack.send.p99.9>1'), { metric: 'ack.send.p99.9', operator: '>', value: 1 });
});

t.test('invalid thresholds are errors that name the fix', async (t) => {
  for (const [wrong, naming] of [
    ['', /write, for example/],
    ['lost', /cannot be read/],
    ['lost=0', /cannot be read/],
    ['lost<-1', /cannot be read/],
    ['ack.p99<50min', /cannot be read/],
    ['ack<50ms', /uses the unknown metric ack\..*ack, ack\.send, decision/],
    ['speed>1', /unknown metric speed.*accepted\.rate/],
    ['decison.p99<1s', /unknown metric decison\.p99\. Did you mean decision\.p99\?/],
    ['acepted.rate>1', /Did you mean accepted\.rate\?/],
    ['ack.p9999<1s', /unknown metric ack\.p9999/],
    ['ack.p99<1ms,lost==0', /cannot be read/],
    ['lost<1ms', /has the unit ms, which lost does not take/],
    ['ack.p99<5%', /has the unit %/],
  ] as const) {
    t.throws(() => parseThreshold(wrong), { code: 'THRESHOLD_UNREADABLE', message: naming }, wrong);
  }
});

t.test('a valid threshold is parsed as written, and any other text is a typed error', async (t) => {
  const latency = fc
    .tuple(
      fc.constantFrom('ack', 'ack.send', 'decision', 'decision.send'),
      fc.constantFrom('p50', 'p99.5', 'max', 'min'),
    )
    .map((names) => names.join('.'));
  const space = fc.constantFrom('', ' ', '  ');
  fc.assert(
    fc.property(
      latency,
      fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
      fc.nat({ max: 1_000_000 }),
      fc.constantFrom('', 'ms', 's'),
      space,
      (metric, operator, value, unit, gap) => {
        const read = parseThreshold(`${metric}${gap}${operator}${gap}${value}${unit}`);
        const scale = unit === 's' ? 1_000 : 1;
        return read.metric === metric && read.operator === operator && read.value === value * scale;
      },
    ),
  );
  const letters = fc.string({ unit: fc.constantFrom(...'ackp9.<>=!ms 05lost%'), maxLength: 20 });
  fc.assert(
    fc.property(fc.oneof(letters, fc.string({ unit: 'binary' })), (text) => {
      try {
        return parseThreshold(text).value >= 0;
      } catch (error) {
        return error instanceof ThresholdError && error.message.length > 0;
      }
    }),
  );
  t.pass();
});

t.test('thresholds are checked against the figures of the run', async (t) => {
  t.match(judgeThreshold(`accepted==${run.counts.accepted}`, run), { ok: true, actual: run.counts.accepted });
  t.match(judgeThreshold(`errors==${run.counts.refused + run.counts.unanswered}`, run), { ok: true });
  t.match(judgeThreshold('ack.p999>0', run), { ok: true, actual: run.ack.fromDue.p999 });
  t.match(judgeThreshold('decision.send.max>0', run), { actual: run.decision.fromSend.max });
  const timed = run.seconds.filter(({ atSecond }) => atSecond >= 0).reduce((sum, { accepted }) => sum + accepted, 0);
  t.match(judgeThreshold('accepted.rate>0', run), { actual: timed / (run.durationMs / 1_000) }, 'without the warm-up');
  t.match(judgeThreshold('generator.max<=1s', run), { actual: run.generatorDelayMs });
});

t.test('every operator and every percentile', async (t) => {
  const histogram = histogramOf(run.ack.fromDue);
  fc.assert(
    fc.property(
      fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
      fc.integer({ min: 1, max: 99 }),
      fc.integer({ min: 0, max: 200 }),
      (operator, percentile, value) => {
        const actual = histogram.getValueAtPercentile(percentile) / 1_000;
        const { ok, actual: measured } = judgeThreshold(`ack.p${percentile}${operator}${value}ms`, run);
        const holds = {
          '<': actual < value,
          '<=': actual <= value,
          '>': actual > value,
          '>=': actual >= value,
          '==': actual === value,
          '!=': actual !== value,
        };
        return measured === actual && ok === holds[operator];
      },
    ),
  );
  t.pass();
});

t.test('an unmeasured metric meets no threshold', async (t) => {
  const empty = { ...run.ack.fromDue, count: 0 };
  const result = { ...run, durationMs: 0, ack: { fromDue: empty, fromSend: empty } };
  for (const expression of ['ack.p99<1s', 'ack.p99>=0', 'accepted.rate>=0']) {
    t.match(judgeThreshold(expression, result), { ok: false, actual: null }, expression);
  }
});
