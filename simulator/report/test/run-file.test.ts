import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { RunFileError, readRunResult } from '../result/run-file.js';
import { emptyRun, sampleRun } from './sample-run.js';

const run = sampleRun({ seconds: 5, readers: 3 });

t.test('reads a written result', async (t) => {
  const file = join(t.testdir(), 'run.json');
  for (const result of [run, emptyRun()]) {
    await writeFile(file, JSON.stringify(result));
    t.strictSame(await readRunResult(file), result);
  }
});

t.test('errors name the problem of the file', async (t) => {
  const file = join(t.testdir(), 'run.json');
  const broken: [content: string, says: RegExp][] = [
    ['', /is not JSON \(it is empty\)/],
    [JSON.stringify(run).slice(0, 200), /is not JSON .*Was the run stopped/],
    ['null', /its format is missing/],
    ['{"format":"swipegate-run/2"}', /its format is "swipegate-run\/2"/],
    [JSON.stringify({ ...run, seed: undefined }), /: seed is missing/],
    [
      JSON.stringify({ ...run, faults: { ...run.faults, lost: -1 } }),
      /: faults\.lost must be an integer that is at least 0/,
    ],
    [
      JSON.stringify({ ...run, seconds: [{ ...run.seconds[0], ackP99: 'fast' }] }),
      /: seconds\.0\.ackP99 must be a number/,
    ],
    [withHistogram('rubbish'), /: ack\.fromDue\.histogram is not a compressed HDR histogram/],
    [withHistogram(''), /: ack\.fromDue\.histogram is not a compressed HDR histogram/],
    [withHistogram(emptyRun().ack.fromDue.histogram), /is inconsistent: ack\.fromDue\.histogram holds 0 values/],
  ];
  for (const [content, says] of broken) {
    await writeFile(file, content);
    await t.rejects(readRunResult(file), { name: 'RunFileError', code: 'RUN_FILE_UNUSABLE', message: says });
  }
  const missing = await readRunResult(join(file, 'nowhere')).catch((error: unknown) => error);
  t.ok(missing instanceof RunFileError);
  t.match(missing, { message: /nowhere cannot be read/ });
});

function withHistogram(histogram: string): string {
  return JSON.stringify({ ...run, ack: { ...run.ack, fromDue: { ...run.ack.fromDue, histogram } } });
}
