import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type MadeFile, makeFiles, ROOT } from './make-files.js';
import { LAMBDAS } from './places.js';

/** Some dependencies are CommonJS and require Node's own modules, which an ES module cannot without this. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Bundles start from the compiler's output, so they hold only code that passed its checks. */
const COMPILED = join(ROOT, 'lambdas/dist');

/** Every function: the folders of lambdas/ that have a handler. */
export function functionNames(): string[] {
  return readdirSync(COMPILED)
    .filter((name) => existsSync(join(COMPILED, name, 'handler.js')))
    .sort();
}

/**
 * Makes OUTDIR/NAME/index.mjs of a function, with all it needs, and index.mjs.map beside it. Lambda loads one file faster than
 * hundreds, and with the AWS SDK in it the function runs on the version that it was tested with.
 *
 * @param name of the function: its folder in lambdas/
 * @throws {Error} where it has no handler
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
  if (made === undefined) throw new Error(`Of ${name} nothing was made.`);
  return made;
}
