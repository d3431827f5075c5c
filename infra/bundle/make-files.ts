import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** Root of the repository. This file runs as infra/dist/bundle/make-files.js. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Output folders of `npm run build`, relative to the package root. */
export const LAMBDAS = 'dist-lambda';
export const GATEWAY = 'dist-gateway';
export const CONSOLE = 'dist-console';

export interface FilesToBuild {
  /** Compiled file of each entry point, by output name without extension. */
  entryPoints: Readonly<Record<string, string>>;
  /** Nominal folder, such as dist-gateway/bin: source maps are made for this place, wherever the files are written. */
  place: string;
}

export interface BuiltFile {
  /** Relative to `place`. */
  path: string;
  contents: Uint8Array;
}

export interface MadeFile {
  file: string;
  bytes: number;
}

type Options = Pick<
  BuildOptions,
  'banner' | 'chunkNames' | 'external' | 'minifyIdentifiers' | 'outExtension' | 'platform' | 'splitting' | 'target'
>;

/**
 * Bundles each entry point with all its imports into an ES module with a source map, for Node by default. Equal sources
 * give equal bytes on every machine, so anyone can rebuild a deployment and compare. @returns modules without maps
 */
export async function makeFiles(
  { outdir, ...files }: FilesToBuild & { outdir: string },
  options: Options,
): Promise<MadeFile[]> {
  return writeFiles(await buildFiles(files, options), outdir);
}

/** Like {@link makeFiles}, but in memory. @returns the modules and their maps */
export async function buildFiles({ entryPoints, place }: FilesToBuild, options: Options): Promise<BuiltFile[]> {
  const { outputFiles } = await build({
    platform: 'node',
    target: 'node20',
    ...options,
    entryPoints: Object.entries(entryPoints).map(([out, from]) => ({ in: from, out })),
    absWorkingDir: ROOT,
    outdir: place,
    // esbuild makes source names relative to `outdir`, so it gets `place` and writes nothing itself.
    write: false,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'esm',
    // Prefer a package's ES modules: esbuild can drop unused code.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles.map(({ path, contents }) => ({ path: relative(join(ROOT, place), path), contents }));
}

/** Writes files below a folder. @returns all files except maps */
export async function writeFiles(files: readonly BuiltFile[], outdir: string): Promise<MadeFile[]> {
  const made = files.map(({ path, contents }) => ({ file: join(outdir, path), contents }));
  for (const { file, contents } of made) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
  return made.flatMap(({ file, contents }) => (file.endsWith('.map') ? [] : [{ file, bytes: contents.length }]));
}
