import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { OutputFile, Plugin } from 'esbuild';

/** Root of the repository. Not from make-files.ts, which loads esbuild. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** This file: another list of modules or options gives other bundles. */
const SELF = relative(ROOT, fileURLToPath(import.meta.url));

/** Output folder, in the root, so that packages that are not bundled are found. */
const FOLDER = join(ROOT, 'dist-processes');

/** Modules that start a process of the local product, or that such a process imports by its URL. */
const MODULES = [
  '@swipegate/gateway/main',
  '@swipegate/infra/local/archive/main',
  '@swipegate/infra/local/back-office/main',
  '@swipegate/infra/local/emulators/dynamodb',
  '@swipegate/infra/local/emulators/kinesis',
  '@swipegate/infra/local/emulators/storage-and-messaging',
  '@swipegate/infra/local/evacuation/evacuation',
  '@swipegate/infra/local/sources/event-source/main',
  '@swipegate/infra/local/sources/queue-source/main',
  '@swipegate/infra/local/start/start-command',
  '@swipegate/lambdas/decide/handler',
  '@swipegate/lambdas/occupancy/handler',
  '@swipegate/simulator/cli',
];

/**
 * Imports of our modules that are bundled: each other, and packages of many small files with all that these import. Other
 * packages stay as they are, because some load files next to their own.
 */
const BUNDLED = new RegExp(
  `^(${[
    '[./]',
    '@(swipegate|aws-lambda-powertools|aws-sdk|smithy)/',
    '@fastify/(ajv-compiler|fast-json-stringify-compiler|swagger)$',
    'typebox(/|$)',
    '(ajv|fastify|hdr-histogram-js|jose|kinesis-producer-lite|lru-cache|luxon|oauth4webapi|pino|prom-client)$',
  ].join('|')})`,
);

/** Leaves other packages out, and keeps `import.meta.url` of each module, which names files next to it. */
const modules: Plugin = {
  name: 'modules',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, kind, importer }) =>
      kind === 'entry-point' || importer.includes('node_modules') || BUNDLED.test(path)
        ? undefined
        : { path, external: true },
    );
    build.onLoad({ filter: /[\\/]dist[\\/].*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(path).href);
      return source.includes('import.meta.url') ? { contents: source.replaceAll('import.meta.url', url) } : undefined;
    });
  },
};

/** Versions of all files that the bundles are made of, and of the bundles. */
const VERSIONS = join(FOLDER, 'versions.json');

/**
 * Bundles the processes of the local product: each starts in half the CPU, because Node loads some ten files instead of
 * eight hundred. Does nothing if no file has changed since the last time: bundling takes 2 CPU-seconds. Files that did
 * not change are not written again, because a running product may be reading them. @returns the folder, for LOCAL_BUNDLES
 */
export async function bundleProcesses(): Promise<string> {
  if (!(await areCurrent())) await writeBundles();
  return FOLDER;
}

/** Whether no file has changed since the bundles were made. */
async function areCurrent(): Promise<boolean> {
  try {
    const versions = await readFile(VERSIONS, 'utf8');
    return JSON.stringify(await versionsOf(Object.keys(JSON.parse(versions)))) === versions;
  } catch {
    return false;
  }
}

/** Size and time of change of each file, by its path in ROOT. */
async function versionsOf(paths: readonly string[]): Promise<Record<string, string>> {
  const version = async (path: string) => {
    const file = await stat(join(ROOT, path)).catch(() => undefined);
    return [path, file === undefined ? '' : `${file.size} ${file.mtimeMs}`];
  };
  return Object.fromEntries(await Promise.all(paths.map(version)));
}

async function writeBundles(): Promise<void> {
  const { build, stop } = await import('esbuild');
  const startedAtMs = Date.now();
  const entryPoints = MODULES.map((module) => {
    const file = fileURLToPath(import.meta.resolve(module));
    return { in: file, out: relative(ROOT, file).replace(/\.js$/, '') };
  });
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: FOLDER,
    plugins: [modules],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import{createRequire as __nodeRequire}from'node:module';const require=__nodeRequire(import.meta.url);",
    },
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'error',
  });
  // Ends esbuild's own process, which a long run would keep.
  await stop();
  // Chunks first: a process that starts meanwhile finds all that its entry imports.
  const entries = new Set(entryPoints.map(({ out }) => join(FOLDER, `${out}.js`)));
  await writeChanged(outputFiles.filter(({ path }) => !entries.has(path)));
  await writeChanged(outputFiles.filter(({ path }) => entries.has(path)));
  // An entry of another version would be started instead of its module.
  for (const path of await readdir(FOLDER, { recursive: true })) {
    if (path.endsWith('.js') && path.includes(sep) && !entries.has(join(FOLDER, path))) await rm(join(FOLDER, path));
  }
  const sources = [...Object.keys(metafile.inputs), 'package-lock.json', SELF];
  // A file that changed meanwhile is in the bundles in its old version: the next start makes them again.
  const changes = await Promise.all(sources.map((path) => stat(join(ROOT, path)).catch(() => undefined)));
  if (changes.some((file) => file !== undefined && file.mtimeMs >= startedAtMs)) return;
  await writeFile(VERSIONS, JSON.stringify(await versionsOf([...sources, ...Object.keys(metafile.outputs)])));
}

async function writeChanged(files: readonly OutputFile[]): Promise<void> {
  await Promise.all(
    files.map(async ({ path, contents }) => {
      const old = await readFile(path).catch(() => undefined);
      if (old?.equals(contents) === true) return;
      await mkdir(dirname(path), { recursive: true });
      const part = `${path}.${process.pid}`;
      await writeFile(part, contents);
      await rename(part, path);
    }),
  );
}
