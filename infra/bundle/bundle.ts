import { existsSync, readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Bundle {
  /** The function, by its folder in lambdas/. */
  name: string;
  file: string;
  bytes: number;
}

/** dist/, where this file runs. Bundles are made of what the compiler and its checks have passed. */
const COMPILED = fileURLToPath(new URL('../..', import.meta.url));

/** Some dependencies are CommonJS and require Node's own modules, which an ES module cannot without this. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Every function: the folders of lambdas/ that have a handler. */
export function functionNames(): string[] {
  const lambdas = join(COMPILED, 'lambdas');
  return readdirSync(lambdas)
    .filter((name) => existsSync(join(lambdas, name, 'handler.js')))
    .sort();
}

/**
 * Makes OUTDIR/NAME/index.mjs of a function, with all it needs, and index.mjs.map beside it. Lambda loads one file faster than
 * hundreds, and with the AWS SDK in it the function runs on the version that it was tested with.
 */
export async function bundle(name: string, outdir: string): Promise<Bundle> {
  const file = join(outdir, name, 'index.mjs');
  await build({
    entryPoints: [join(COMPILED, 'lambdas', name, 'handler.js')],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // ES modules where a package has both: what is not used is left out.
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return { name, file, bytes: (await stat(file)).size };
}
