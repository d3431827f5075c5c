import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type OutputFile, type Plugin, stop } from 'esbuild';
import { ROOT } from './make-files.js';

/** Output folder, in the root, so that packages that are not bundled are found. */
const FOLDER = join(ROOT, 'dist-processes');

/** Modules that start a child process of the local product, or that such a process imports by its URL. */
const MODULES = [
  '@swipegate/gateway/main',
  '@swipegate/infra/local/archive/main',
  '@swipegate/infra/local/back-office/main',
  '@swipegate/infra/local/emulators/dynamodb',
  '@swipegate/infra/local/emulators/kinesis',
  '@swipegate/infra/local/emulators/storage-and-messaging',
  '@swipegate/infra/local/sources/event-source/main',
  '@swipegate/infra/local/sources/queue-source/main',
  '@swipegate/lambdas/decide/handler',
  '@swipegate/lambdas/occupancy/handler',
];

/**
 * Imports of our modules that are bundled: each other, and packages of hundreds of small files with all that these
 * import. Other packages stay as they are, because some load files next to their own.
 */
const BUNDLED = /^(@swipegate\/|@aws-sdk\/|@smithy\/|typebox$|kinesis-producer-lite$|[./])/;

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

/**
 * Bundles the processes of the local product: each starts in half the CPU, because Node loads some ten files instead of
 * eight hundred. Files that did not change are not written again, because a running product may be reading them.
 * @returns the folder, for LOCAL_BUNDLES
 */
export async function bundleProcesses(): Promise<string> {
  const entryPoints = MODULES.map((module) => {
    const file = fileURLToPath(import.meta.resolve(module));
    return { in: file, out: relative(ROOT, file).replace(/\.js$/, '') };
  });
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: FOLDER,
    plugins: [modules],
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);" },
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
  return FOLDER;
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
