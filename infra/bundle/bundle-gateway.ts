import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GATEWAY, makeFiles } from './make-files.js';

const require = createRequire(import.meta.url);
const compiled = (module: string): string => fileURLToPath(import.meta.resolve(module));

/** Defines the CommonJS globals that some dependencies use; an ES module does not have them. */
const COMMONJS = [
  "import{createRequire as __createRequire}from'node:module'",
  "import{fileURLToPath as __fileURLToPath}from'node:url'",
  'const require=__createRequire(import.meta.url)',
  "const __filename=__fileURLToPath(import.meta.url),__dirname=__fileURLToPath(new URL('.',import.meta.url)).slice(0,-1)",
].join(';');

/**
 * Bundles the gateway into a folder that needs only Node. @returns total bytes of all scripts
 *
 *     bin/main.js, http-worker.js, put-records-worker.js    static/ (Swagger UI)    node_modules/piscina/
 */
export async function bundleGateway(outdir: string): Promise<number> {
  const bin = join(outdir, 'bin');
  const made = await makeFiles(
    {
      entryPoints: {
        main: compiled('@swipegate/gateway/main'),
        'http-worker': compiled('@swipegate/gateway/process/http-worker'),
        'put-records-worker': join(dirname(compiled('kinesis-producer-lite')), 'send/put-records-worker.js'),
      },
      place: `${GATEWAY}/bin`,
      outdir: bin,
    },
    { banner: { js: COMMONJS } },
  );
  await writeFile(join(bin, 'package.json'), '{"type":"module"}\n');
  // Not bundled: the producer loads piscina where its worker is, and piscina loads files of its own.
  const piscina = join(dirname(require.resolve('piscina')), '..');
  for (const part of ['dist', 'package.json']) {
    await cp(join(piscina, part), join(outdir, 'node_modules/piscina', part), { recursive: true });
  }
  const page = join(dirname(require.resolve('@fastify/swagger-ui')), 'static');
  await cp(page, join(outdir, 'static'), { recursive: true });
  await mkdir(join(bin, 'static'), { recursive: true });
  await cp(join(page, 'logo.svg'), join(bin, 'static/logo.svg'));
  return made.reduce((sum, { bytes }) => sum + bytes, 0);
}
