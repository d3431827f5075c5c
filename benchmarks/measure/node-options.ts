import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Reruns this program with these Node options, unless it has them, and exits with its exit code: a function is
 * measured with the options of its deployment. Signals are forwarded.
 */
export async function withNodeOptions(options: readonly string[]): Promise<void> {
  if (options.every((option) => process.execArgv.includes(option))) return;
  const run = spawn(process.execPath, [...options, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => run.kill(signal));
  const [code] = await once(run, 'exit');
  process.exit(code ?? 1);
}
