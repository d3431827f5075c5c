/**
 * The directions of imports, for all workspaces. A workspace's package.json says what it may import. Within and between
 * workspaces neither files nor folders form circles, and no folder holds more than fifteen production files.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import t from 'tap';

const MOST_FILES = 15;

interface Manifest {
  name: string;
  workspaces?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

const root = manifestOf('.');
const workspaces = (root.workspaces ?? [])
  .flatMap((pattern) =>
    pattern.endsWith('/*')
      ? readdirSync(dirname(pattern)).map((name) => posix.join(dirname(pattern), name))
      : [pattern],
  )
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({ folder, manifest: manifestOf(folder) }));
const folderOf = new Map(workspaces.map(({ folder, manifest }) => [manifest.name, folder]));

const isTest = (file: string): boolean => file.includes('/test/');

const sources = workspaces.flatMap(({ folder }) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(^|\/)(node_modules|dist)\//.test(path))
    .map((path) => posix.join(folder, path)),
);
const production = sources.filter((file) => !isTest(file));

/** Specifiers of all imports of a file, of types too. */
function specifiersOf(file: string): string[] {
  const code = readFileSync(file, 'utf8');
  return Array.from(
    code.matchAll(/^(?:import|export) [^'"`;=(]*from '([^']+)'|^import '([^']+)'|\b(?:import|resolve)\('([^']+)'\)/gm),
    ([, from, bare, called]) => from ?? bare ?? called ?? '',
  );
}

/** Name of the package that a specifier names; undefined for relative paths and for Node's own modules. */
function packageOf(specifier: string): string | undefined {
  if (/^(\.|node:)/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Source file that a specifier names, if it is one of the repository. */
function sourceOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(dirname(file), specifier).replace(/\.js$/, '.ts');
  const folder = folderOf.get(packageOf(specifier) ?? '');
  if (folder === undefined) return undefined;
  const path = specifier.slice((packageOf(specifier) ?? '').length + 1);
  return posix.join(folder, path === '' ? 'index.ts' : `${path}.ts`);
}

/** A circle of a graph, as the nodes on it; undefined when there is none. */
function circleOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    path.pop();
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const circle = visit(node);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

const importsOf = new Map(
  production.map((file) => [
    file,
    new Set(
      specifiersOf(file)
        .map((specifier) => sourceOf(file, specifier))
        .filter((target) => target !== undefined && target !== file && production.includes(target))
        .map(String),
    ),
  ]),
);

t.test('a workspace imports only what its package.json lists', async (t) => {
  // Types of a declaration package come with the package they describe, and node's come with the root.
  const ofRoot = new Set([...Object.keys(root.devDependencies ?? {}), 'aws-lambda']);
  for (const { folder, manifest } of workspaces) {
    const own = sources.filter((file) => file.startsWith(`${folder}/`));
    const dependencies = new Set(Object.keys(manifest.dependencies ?? {}));
    const all = new Set([...dependencies, ...Object.keys(manifest.devDependencies ?? {}), ...ofRoot]);
    for (const file of own) {
      const allowed = isTest(file) ? all : dependencies;
      for (const specifier of specifiersOf(file)) {
        const name = packageOf(specifier);
        if (name === undefined || allowed.has(name) || name === 'aws-lambda') continue;
        if (isTest(file) && name === manifest.name) continue;
        t.fail(`${file} imports ${name}, which ${folder}/package.json does not list`);
      }
    }
    const imported = new Set(own.flatMap(specifiersOf).map(packageOf));
    for (const name of [...dependencies].filter((name) => folderOf.has(name))) {
      t.ok(imported.has(name), `${folder} imports ${name}, which its package.json lists`);
    }
  }
});

t.test('workspaces import one way', async (t) => {
  const graph = new Map(
    workspaces.map(({ manifest }) => [
      manifest.name,
      new Set(Object.keys(manifest.dependencies ?? {}).filter((name) => folderOf.has(name))),
    ]),
  );
  t.same(circleOf(graph), undefined);
});

t.test('files import one way, types too', async (t) => {
  t.ok(production.length > 400, `${production.length} files`);
  t.same(circleOf(importsOf), undefined);
});

t.test('folders import one way', async (t) => {
  const graph = new Map<string, Set<string>>();
  for (const [file, targets] of importsOf) {
    const from = dirname(file);
    const to = graph.get(from) ?? new Set();
    for (const target of targets) if (dirname(target) !== from) to.add(dirname(target));
    graph.set(from, to);
  }
  t.same(circleOf(graph), undefined);
});

t.test(`no folder holds more than ${MOST_FILES} production files`, async (t) => {
  const counts = new Map<string, number>();
  for (const file of production) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  t.same(
    [...counts].filter(([, count]) => count > MOST_FILES),
    [],
  );
});
