import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { BENCHMARKS } from '../measure/options.js';
import { comparison, lastRelease } from '../measure/ratios.js';

const program = fileURLToPath(new URL('../measure/compare.js', import.meta.url));

function compare(folder: string, ...files: string[]) {
  const paths = files.map((file) => join(folder, file));
  return spawnSync(process.execPath, [program, ...paths], { encoding: 'utf8' });
}

const result = (name: string, ratio: number) => JSON.stringify({ name, unit: 'swipes/s', ours: 1, baseline: 1, ratio });

t.test('compares ratios by name, and marks changes beyond the noise', async (t) => {
  const folder = t.testdir({
    base: [
      '> swipegate@0.2.0 bench',
      'producer: 60000 records',
      result('producer', 8),
      result('aggregate', 7),
      result('overload', 0.97),
      result('gone', 2),
      '{not json',
    ].join('\n'),
    head: [result('overload', 1), result('aggregate', 8.4), result('producer', 6), result('added', 1.234)].join('\n'),
  });
  const { status, stdout, stderr } = compare(folder, 'base', 'head');
  t.same([status, stderr], [0, '']);
  t.same(stdout.split('\n').slice(0, 7), [
    '| benchmark | base | head | change | |',
    '|---|---:|---:|---:|---|',
    '| added | – | 1.23 |  | not comparable |',
    '| aggregate | 7 | 8.4 | +20 % | faster |',
    '| gone | 2 | – |  | not comparable |',
    '| overload | 0.97 | 1 | +3 % | equal |',
    '| producer | 8 | 6 | -25 % | **slower** |',
  ]);
});

t.test('an output without results is an error, as is a missing file', async (t) => {
  const folder = t.testdir({ base: result('producer', 8), empty: 'aggregate failed\n' });
  t.match(compare(folder, 'base', 'empty'), {
    status: 2,
    stdout: '',
    stderr: /empty has no result: write it with npm/,
  });
  t.match(compare(folder, 'base', 'none'), { status: 2, stdout: '', stderr: /ENOENT/ });
  t.match(compare(folder, 'base'), { status: 2, stdout: '', stderr: /^Name two files/ });
});

t.test('the README has the ratios of the last release of every benchmark, as ranges', async (t) => {
  const { version, ranges } = lastRelease();
  t.match(version, /^\d+\.\d+\.\d+$/);
  t.same(Array.from(ranges.keys()), Object.keys(BENCHMARKS).sort());
  for (const [name, { lowest, highest }] of ranges) t.ok(lowest > 0 && lowest <= highest, name);
});

t.test('a change counts from the nearer end of the range', async (t) => {
  const base = new Map([['overload', { lowest: 0.9, highest: 1 }]]);
  const verdict = (ratio: number) =>
    comparison(['0.2.0', base], ['now', new Map([['overload', ratio]])]).split('\n')[2];
  t.equal(verdict(0.95), '| overload | 0.9 to 1 | 0.95 | +0 % | equal |');
  t.equal(verdict(0.82), '| overload | 0.9 to 1 | 0.82 | -9 % | equal |');
  t.equal(verdict(0.72), '| overload | 0.9 to 1 | 0.72 | -20 % | **slower** |');
  t.equal(verdict(1.2), '| overload | 0.9 to 1 | 1.2 | +20 % | faster |');
});
