import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface FilesToBuild {
  /** Compiled file of each module, by the name of the module. */
  entryPoints: Readonly<Record<string, string>>;
  /** Where the files belong, such as dist-gateway/bin: wherever they are written, their maps are made as if they lay there. */
  place: string;
}

export interface FilesToMake extends FilesToBuild {
  /** Where they are written. */
  outdir: string;
}

export interface BuiltFile {
  /** Below the folder that it belongs to. */
  path: string;
  contents: Uint8Array;
}

export interface MadeFile {
  file: string;
  bytes: number;
}

type Options = Pick<BuildOptions, 'banner' | 'external' | 'minifyIdentifiers' | 'outExtension' | 'platform' | 'target'>;

/**
 * Makes ES modules, for Node unless told otherwise, each with all that it imports, and a map beside each. The same sources make
 * the same bytes, wherever the package lies and whatever `outdir` is: what is deployed can be built again and compared, and
 * does not tell on whose machine it was built.
 *
 * @returns the modules, without their maps
 */
export async function makeFiles({ outdir, ...files }: FilesToMake, options: Options): Promise<MadeFile[]> {
  return writeFiles(await buildFiles(files, options), outdir);
}

/** As {@link makeFiles}, in memory. @returns the modules and their maps */
export async function buildFiles({ entryPoints, place }: FilesToBuild, options: Options): Promise<BuiltFile[]> {
  const { outputFiles } = await build({
    platform: 'node',
    target: 'node20',
    ...options,
    entryPoints: Object.entries(entryPoints).map(([out, from]) => ({ in: from, out })),
    absWorkingDir: ROOT,
    outdir: place,
    // Names of sources are relative to where esbuild believes that it writes.
    write: false,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'esm',
    // ES modules where a package has both: what is not used is left out.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles.map(({ path, contents }) => ({ path: relative(join(ROOT, place), path), contents }));
}

/** Writes files below a folder. @returns those that are no maps */
export async function writeFiles(files: readonly BuiltFile[], outdir: string): Promise<MadeFile[]> {
  const made = files.map(({ path, contents }) => ({ file: join(outdir, path), contents }));
  for (const { file, contents } of made) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
  return made.flatMap(({ file, contents }) => (file.endsWith('.map') ? [] : [{ file, bytes: contents.length }]));
}
