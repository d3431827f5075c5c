/**
 * Cold start of decide: time from the start of the process to its handler, bundled as by `npm run build`, against the
 * compiled files with their packages. Excludes the time that Lambda adds (sandbox, fetching the code).
 *
 *     node benchmarks/dist/cold-start.js [--json] [--rounds=15]
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '@swipegate/infra/bundle/bundle';
import { inTurns, median, printJson, printLines, row, side } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';

const values = readOptions(BENCHMARKS['cold-start']);

/** `performance.now()` counts from the start of the process. */
const PROGRAM = `
  const { handler } = await import(process.argv[1]);
  if (typeof handler !== 'function') throw new Error('no handler');
  process.stdout.write(String(performance.now()));`;

/** Time from the start of a process to the handler of a module, ms. */
function coldStart(url: string): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM, url], {
    encoding: 'utf8',
    env: { ...process.env, AWS_REGION: 'eu-central-1', LOG_LEVEL: 'silent' },
  });
  if (status !== 0) throw new Error(`The function did not start: ${stderr}`);
  return Number(stdout);
}

const outdir = await mkdtemp(join(tmpdir(), 'cold-start-'));
try {
  const { file, bytes } = await bundle('decide', outdir);
  const bundled = side(() => coldStart(pathToFileURL(file).href));
  const unbundled = side(() => coldStart(import.meta.resolve('@swipegate/lambdas/decide/handler')));
  const node = side(() => coldStart('data:text/javascript,export const handler = () => undefined'));
  await inTurns([bundled, unbundled, node], values.rounds);
  const ours = median(bundled.figures);
  const baseline = median(unbundled.figures);
  const ratio = baseline / ours;
  printLines(
    `cold-start: process start to handler of decide, ${values.rounds} rounds, one file of ${Math.round(bytes / 1024)} KB`,
    row('bundled', bundled.figures, 'ms'),
    row('unbundled', unbundled.figures, 'ms'),
    row('Node alone', node.figures, 'ms'),
    `  ratio ${ratio.toFixed(2)} (above 1: the bundle starts faster)`,
  );
  if (values.json) {
    printJson({ name: 'cold-start', unit: 'ms', ours, baseline, ratio, nodeAlone: median(node.figures), bytes });
  }
} finally {
  await rm(outdir, { recursive: true, force: true });
}
