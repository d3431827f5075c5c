import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Ends this process with another run of the same program that has these options of Node, unless this one has them: a function
 * is measured as it is started where it is deployed. Signals go on to that run.
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
