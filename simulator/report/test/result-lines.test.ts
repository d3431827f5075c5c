import { widthOf } from '@swipegate/terminal/fit';
import { ink } from '@swipegate/terminal/ink';
import fc from 'fast-check';
import t from 'tap';
import { resultLines } from '../lines/result-lines.js';
import type { RunResult } from '../result/run-result.js';
import { HOSTILE, hostileRun } from './hostile-run.js';
import { emptyRun, sampleRun } from './sample-run.js';

const RUN = sampleRun({ seconds: 20 });
const lines = (result: RunResult, columns = 80) => resultLines(result, { color: false, columns });
const text = (result: RunResult) => lines(result).join('\n');
const probe = { rate: 100, acceptedPerSecond: 98, because: [], ok: true, ackP99: 12, decisionP99: 90 };

t.test('a good run: facts, account, latencies, verdict', async (t) => {
  const said = lines(RUN);
  t.match(said[0], /^office-morning-rush: 96 readers, target 400 swipes\/s, 00:20$/);
  t.match(said[1], /^ {2}2026-11-23T07:45:00Z, seed \d+, http:\/\/127\.0\.0\.1:8080\/$/);
  t.match(said[2], /after 10 s of warm-up/);
  t.match(text(RUN), /\n {26,}p50 +p90 +p99 +p99\.9 +max\n {2}durable, from due .* ms\n {2}durable, from send /);
  t.match(text(RUN), /\n {2}met {6}ack\.p99<100ms /);
  t.match(text(RUN), /service-unavailable +28\n/);
  t.equal(said.at(-1), 'Every accepted swipe has exactly one correct decision.');
});

t.test('an empty run has no latencies', async (t) => {
  t.notMatch(text(emptyRun()), /p99/);
});

t.test('problems are listed, the verdict last', async (t) => {
  const faults = { ...RUN.faults, lost: 14 };
  const examples = Array.from({ length: 14 }, (_, i) => `lost: swipe ${i}`);
  const bad = text({ ...RUN, ok: false, faults, examples });
  t.match(bad, /\n {2}lost +14\n/);
  t.match(bad, /\n {2}- lost: swipe 9\n {4}… and 4 more in the result file\n/);
  t.match(bad, /\nNOT SOUND: [^\n]*$/);
  const missed = [{ expression: 'ack.p99<1ms', actual: null, ok: false }];
  t.match(
    text({ ...RUN, ok: false, thresholds: missed }),
    /NOT MET {2}ack\.p99<1ms +not measured\nNOT MET: at least one threshold/,
  );
  const late = text({ ...RUN, ok: false, valid: false, invalidBecause: ['it was late'] });
  t.match(late, /\n {2}INVALID: it was late\nINVALID: [^\n]*$/);
});

t.test('hostile posts', async (t) => {
  const attacks = { wrongKey: { sent: 5, repelled: 5 }, malformed: { sent: 7, repelled: 6 } };
  const said = resultLines({ ...RUN, ok: false, attacks }, { color: true, columns: 80 });
  const [wrongKey = '', malformed = ''] = said.filter((line) => line.includes('hostile: '));
  t.match(wrongKey, /^ {2}hostile: wrongKey +5 {3}repelled 5$/);
  t.equal(malformed, ink(true).red(`  ${'hostile: malformed'.padEnd(44)}       7   repelled 6`));
});

t.test('a search: every rate, why it failed, and the result', async (t) => {
  const failed = { ...probe, rate: 200, ok: false, because: ['ack.p99<250ms is 900'], ackP99: 900, decisionP99: null };
  const found = text({ ...RUN, probes: [probe, failed] });
  t.match(found, /\n {8}100\/s holds {2}98\/s accepted, p99 durable 12 ms, decided 90 ms\n/);
  t.match(found, /\n {8}200\/s fails {2}98\/s accepted, p99 durable 900 ms, decided –\n {6}ack\.p99<250ms is 900\n/);
  t.match(found, /\nThe highest rate that holds is 100 swipes\/s\.$/);
  t.match(text({ ...RUN, ok: false, probes: [failed] }), /\nNOT FOUND: [^\n]*$/);
});

t.test('shards and merged results are named', async (t) => {
  t.match(lines({ ...RUN, shard: '1/4' })[0], /, shard 1\/4$/);
  t.match(lines({ ...RUN, shard: 'merged' })[0], /, merged$/);
});

t.test('no control characters, and no line wider than the terminal', async (t) => {
  const anything = fc.string({ unit: 'binary', maxLength: 200 });
  fc.assert(
    fc.property(anything, fc.integer({ min: 20, max: 300 }), (said, columns) => {
      const result = {
        ...hostileRun(),
        scenario: said,
        examples: [said, HOSTILE],
        invalidBecause: [said],
        problems: { [said]: 123_456_789 },
        outcomes: { granted: { [said]: 1 }, denied: {}, recorded: {} },
        thresholds: [{ expression: said, actual: 1 / 3, ok: false }],
        unjudgedZones: [said],
      };
      return lines(result, columns).every(
        (line) => widthOf(line) <= Math.min(80, columns) && !/[\p{Cc}\u202e]/u.test(line),
      );
    }),
    { examples: [['\0'.repeat(10), 20]], numRuns: 300 },
  );
  t.pass();
});
