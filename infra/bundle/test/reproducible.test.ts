import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { bundle, functionNames } from '../bundle.js';
import { bundleConsole } from '../bundle-console.js';
import { bundleGateway } from '../bundle-gateway.js';

const PACKAGE = fileURLToPath(new URL('../../../..', import.meta.url)).slice(0, -1);

const temporary = await mkdtemp(join(tmpdir(), 'reproducible-'));
t.teardown(() => rm(temporary, { recursive: true, force: true }));

/** All files of a deployment, by path relative to the output folder. */
async function madeIn(folder: string): Promise<Map<string, Buffer>> {
  await mkdir(folder, { recursive: true });
  for (const name of functionNames()) await bundle(name, join(folder, 'lambda'));
  await bundleGateway(join(folder, 'gateway'));
  await bundleConsole(join(folder, 'console'));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (file) => [relative(folder, file), await readFile(file)] as const)));
}

t.test('two builds in different folders have equal bytes and do not contain the folder’s path', async (t) => {
  const one = await madeIn(join(temporary, 'one'));
  // Deeper, so that a relative path to the sources would differ.
  const two = await madeIn(join(temporary, 'some/where/else/two'));
  t.same([...one.keys()].sort(), [...two.keys()].sort());
  for (const name of [
    'lambda/decide/index.mjs.map',
    'gateway/bin/main.js',
    'gateway/bin/main.js.map',
    'console/console.js.map',
  ]) {
    t.ok(one.has(name), name);
  }
  const differing = [...one].filter(([name, bytes]) => !two.get(name)?.equals(bytes)).map(([name]) => name);
  t.same(differing, [], 'the same bytes');
  const telling = [...one]
    .filter(([, bytes]) => [PACKAGE, temporary].some((path) => bytes.includes(path)))
    .map(([name]) => name);
  t.same(telling, [], 'no path of this machine');
  for (const [name, bytes] of one) {
    if (!/^lambda\/.*\.map$|^gateway\/bin\/.*\.map$|^console\/.*\.map$/.test(name)) continue;
    const { sources } = JSON.parse(bytes.toString());
    const strangers = sources.filter(
      (source: string) => !/^\.\.\/(?:\.\.\/)?(packages|gateway|infra|lambdas|node_modules)\//.test(source),
    );
    t.same(strangers, [], `${name} names sources from the package’s root`);
  }
});
