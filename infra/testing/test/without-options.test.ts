import t from 'tap';
import { runWithoutOptions } from '../../without-options.js';

t.test('a command without options refuses every option and argument, and does nothing then', async (t) => {
  const { exitCode } = process;
  let runs = 0;
  const main = () => {
    runs += 1;
  };
  const said = t.capture(process.stderr, 'write', () => true);
  for (const args of [['--force'], ['-x'], ['now'], ['--help=yes']]) {
    process.exitCode = undefined;
    await runWithoutOptions('docs', 'help', main, args);
    t.equal(process.exitCode, 2, args.join(' '));
  }
  process.exitCode = exitCode;
  t.match(
    said().map(({ args }) => args[0]),
    [
      /no option --force\. See npm run docs -- --help/,
      /no option -x/,
      /Unexpected argument now/,
      /--help takes no value/,
    ],
  );
  t.equal(runs, 0);
  await runWithoutOptions('docs', 'help', main, []);
  t.equal(runs, 1);
});
