import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const main = fileURLToPath(new URL('../main.js', import.meta.url));

function synth(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

t.test('npm run synth refuses arguments that it would ignore, with exit code 2', async (t) => {
  const wrong: [args: string[], env: Record<string, string>, stderr: string][] = [
    [['--hlp'], {}, 'There is no option --hlp. Did you mean --help? See npm run synth -- --help.\n'],
    [['-c', 'stage=test'], {}, 'There is no option -c. See npm run synth -- --help.\n'],
    [
      [],
      { SWIPEGATE_DOMIAN: 'x' },
      'There is no setting SWIPEGATE_DOMIAN. Did you mean SWIPEGATE_DOMAIN? See npm run synth -- --help.\n',
    ],
  ];
  for (const [args, env, stderr] of wrong) t.same(synth(args, env), { status: 2, stdout: '', stderr });
  t.match(synth(['--help']), { status: 0, stdout: /SWIPEGATE_STAGE=test npm run synth.*\n {2}SWIPEGATE_KEEP_DATA\n/s });
});
