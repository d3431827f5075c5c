import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** The package, two folders above what is compiled of this file. */
const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));

/** dist/. Bundles are made of what the compiler and its checks have passed. */
export const COMPILED = join(PACKAGE, 'dist');

export interface FilesToMake {
  /** Compiled file of each, by its name without what ends it. */
  entryPoints: Readonly<Record<string, string>>;
  /** Where the files belong, such as dist-gateway/bin: whatever `outdir` is, their maps are made as if they lay there. */
  place: string;
  /** Where they are written. */
  outdir: string;
}

export interface MadeFile {
  file: string;
  bytes: number;
}

/**
 * Makes ES modules for Node, each with all that it imports, and a map beside each. The same sources make the same bytes, wherever
 * the package lies and whatever `outdir` is: what is deployed can be built again and compared, and does not tell on whose
 * machine it was built.
 *
 * @returns the modules, without their maps
 */
export async function makeFiles(
  { entryPoints, place, outdir }: FilesToMake,
  options: Pick<BuildOptions, 'banner' | 'external' | 'minifyIdentifiers' | 'outExtension'>,
): Promise<MadeFile[]> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: Object.entries(entryPoints).map(([out, from]) => ({ in: from, out })),
    absWorkingDir: PACKAGE,
    outdir: place,
    // Names of sources are relative to where esbuild believes that it writes.
    write: false,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // ES modules where a package has both: what is not used is left out.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  const made = outputFiles.map(({ path, contents }) => ({
    file: join(outdir, relative(join(PACKAGE, place), path)),
    contents,
  }));
  for (const { file, contents } of made) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
  return made.flatMap(({ file, contents }) => (file.endsWith('.map') ? [] : [{ file, bytes: contents.length }]));
}
