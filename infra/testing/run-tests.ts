/**
 * `npm test`: lint, the console's types and every test. `npm test -- FILE …` runs the tests of the named source files
 * and skips lint. npm compiles first (`pretest`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';

const USAGE = 'npm test -- gateway/intake/test/canonical-swipes.test.ts [more files] [options of tap]';

/** Compiled file of a test: the workspace compiles into its own dist/. Undefined when there is none. */
function compiledOf(argument: string): string | undefined {
  const path = relative('', argument).split('\\').join('/');
  const compiled = path.replace(/^(packages\/[^/]+|[^/]+)\/(?!dist\/)(.*)\.ts$/, '$1/dist/$2.js');
  return existsSync(compiled) ? compiled : undefined;
}

/** Runs a tool of node_modules; a failure ends this process with its exit code. */
function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync('npx', ['--no-install', command, ...args], { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const args = process.argv.slice(2);
const named = args.filter((argument) => !argument.startsWith('-'));
const files = named.map((argument) => ({ argument, compiled: compiledOf(argument) }));
const missing = files.filter(({ compiled }) => compiled === undefined).map(({ argument }) => argument);
if (missing.length > 0) {
  process.stderr.write(`There is no test ${missing.join(', ')}. Name source files: ${USAGE}\n`);
  process.exit(2);
}
if (named.length === 0) {
  run('biome', ['check', '--error-on-warnings', '.']);
  run('tsc', ['-p', 'packages/console/browser']);
}
run('tap', [...args.filter((argument) => argument.startsWith('-')), ...files.map(({ compiled }) => compiled ?? '')]);
