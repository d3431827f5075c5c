import { spawnSync } from 'node:child_process';

/**
 * Ends this process with another run of the same program that has these options of Node, unless this one has them: a function
 * is measured as it is started where it is deployed.
 */
export function withNodeOptions(options: readonly string[]): void {
  if (options.every((option) => process.execArgv.includes(option))) return;
  const { status } = spawnSync(process.execPath, [...options, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
