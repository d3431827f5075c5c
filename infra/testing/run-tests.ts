/**
 * `npm test`: lint, the console's types and every test. `npm test -- FILE …`: only these tests. npm compiles first.
 * The tests of a workspace share a process, because its start takes longer than most of them. A file with the comment
 * "Own process: …" starts alone, because it changes process.env or takes long.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { bundleProcesses } from '../bundle/bundle-processes.js';

const USAGE = 'npm test -- gateway/intake/test/canonical-swipes.test.ts [more files] [options of tap]';

const STARTS_ALONE = /\bOwn process: /;

/** Runs a tool of node_modules; a failure ends this process with its exit code. Without npx, which takes a second each. */
function run(command: string, args: readonly string[]): void {
  const file = join('node_modules/.bin', process.platform === 'win32' ? `${command}.cmd` : command);
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Compiled file of a test, in its workspace's dist/; undefined if there is none. */
function compiledOf(argument: string): string | undefined {
  const path = relative('', argument).split('\\').join('/');
  const compiled = path.replace(/^(packages\/[^/]+|[^/]+)\/(?!dist\/)(.*)\.ts$/, '$1/dist/$2.js');
  return existsSync(compiled) ? compiled : undefined;
}

function testFiles(): string[] {
  const folders = [...readdirSync('packages').map((name) => join('packages', name)), ...readdirSync('.')];
  return folders
    .map((folder) => join(folder, 'dist'))
    .filter((dist) => existsSync(dist))
    .flatMap((dist) => readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((path) => join(dist, path)))
    .filter((path) => /\/test\/[^/]+\.test\.js$/.test(path))
    .sort();
}

/** Folder whose tests share a process: dist/ of the workspace, and in infra, the largest one, each folder in it. */
function sharedFolderOf(file: string): string {
  const segments = file.split(sep);
  return segments.slice(0, segments.indexOf('dist') + (segments[0] === 'infra' ? 2 : 1)).join(sep);
}

/**
 * Files for tap: one a workspace that imports its tests, those with the most tests first, then those that start alone. The
 * longest come first, so that all cores are busy to the end.
 */
function processes(files: readonly string[]): string[] {
  const alone: string[] = [];
  const shared = new Map<string, string[]>();
  for (const file of files) {
    if (STARTS_ALONE.test(readFileSync(file, 'utf8'))) alone.push(file);
    else shared.set(sharedFolderOf(file), [...(shared.get(sharedFolderOf(file)) ?? []), file]);
  }
  const largest = Array.from(shared).sort(([, a], [, b]) => b.length - a.length);
  const together = largest.map(([shareFolder, members]) => {
    const [only, ...more] = members;
    if (only !== undefined && more.length === 0) return only;
    const folder = join(shareFolder, 'test');
    const file = join(folder, 'together.js');
    // Inside a test, because tap ends a process whose files wait at their top level as soon as no test is pending.
    const imports = members
      .map((member) => `  await import('./${relative(folder, member).split(sep).join('/')}');\n`)
      .join('');
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `import t from 'tap';\nt.test('files load', async () => {\n${imports}});\n`);
    return file;
  });
  return [...together, ...alone];
}

// `npm ci` builds tap with the plugins of .taprc, unless it runs without scripts.
if (!existsSync('.tap/plugins')) run('tap', ['build']);

const args = process.argv.slice(2);
const options = args.filter((argument) => argument.startsWith('-'));
const named = args.filter((argument) => !argument.startsWith('-'));
const missing = named.filter((argument) => compiledOf(argument) === undefined);
if (missing.length > 0) {
  process.stderr.write(`There is no test ${missing.join(', ')}. Name source files: ${USAGE}\n`);
  process.exit(2);
}
// As `npm start` does: a bundled process starts in half the CPU, and the tests start more than a hundred.
process.env['LOCAL_BUNDLES'] ??= await bundleProcesses();

if (named.length > 0) {
  run('tap', [...options, ...named.flatMap((argument) => compiledOf(argument) ?? [])]);
} else {
  run('biome', ['check', '--error-on-warnings', '.']);
  run('tsc', ['-p', 'packages/console/browser']);
  run('tap', [...options, ...processes(testFiles())]);
}
