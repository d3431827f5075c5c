import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LAMBDAS, type MadeFile, makeFiles, ROOT } from './make-files.js';

/** Defines `require`, with which CommonJS dependencies load Node's modules; an ES module does not have it. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Bundles start from the compiler's output, so they hold only code that passed its checks. */
const COMPILED = join(ROOT, 'lambdas/dist');

/** Names of all functions: the folders in lambdas/ with a handler. */
export function functionNames(): string[] {
  return readdirSync(COMPILED)
    .filter((name) => existsSync(join(COMPILED, name, 'handler.js')))
    .sort();
}

/**
 * Bundles the function in lambdas/NAME into OUTDIR/NAME/index.mjs with its map: Lambda loads one file faster than
 * hundreds. The AWS SDK is included, so the function runs on the version it was tested with.
 * @throws {Error} if the folder has no handler
 */
export async function bundle(name: string, outdir: string): Promise<MadeFile> {
  const [made] = await makeFiles(
    {
      entryPoints: { index: join(COMPILED, name, 'handler.js') },
      place: `${LAMBDAS}/${name}`,
      outdir: join(outdir, name),
    },
    { minifyIdentifiers: true, outExtension: { '.js': '.mjs' }, banner: { js: REQUIRE } },
  );
  if (made === undefined) throw new Error(`esbuild made no file for ${name}.`);
  return made;
}
