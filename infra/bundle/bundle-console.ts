import { join } from 'node:path';
import { CONSOLE_PAGE } from '@swipegate/console/page';
import { CONSOLE_STYLE } from '@swipegate/console/style';
import { THEME } from '@swipegate/page/theme';
import { build } from 'esbuild';
import { type BuiltFile, buildFiles, CONSOLE, ROOT, writeFiles } from './make-files.js';

/** Oldest browsers supported, about three years old: they have dialog, :has and top-level await. */
const BROWSERS = ['chrome111', 'edge111', 'firefox121', 'safari16.4'];
/** The TypeScript source, not compiled output: tsc only checks it, with browser types. */
const ENTRY = join(ROOT, 'packages/console/browser/main.ts');

/**
 * Builds index.html, console.css, console.js with a script for each page in pages/, and maps. The deployment adds
 * config.json, with the API's address.
 */
export async function consoleFiles(): Promise<BuiltFile[]> {
  const scripts = await buildFiles(
    { entryPoints: { console: ENTRY }, place: CONSOLE },
    {
      platform: 'browser',
      target: BROWSERS,
      minifyIdentifiers: true,
      splitting: true,
      // A tab of the version before must not get a script of this version, whose shared parts have other names.
      chunkNames: 'pages/[name]-[hash]',
    },
  );
  const text = (path: string, content: string): BuiltFile => ({ path, contents: Buffer.from(content) });
  return [
    text('index.html', CONSOLE_PAGE),
    text('console.css', await minified(`${THEME}${CONSOLE_STYLE}`)),
    ...scripts,
  ];
}

/** Writes the console to a folder. @returns bytes of all its files except maps */
export async function bundleConsole(outdir: string): Promise<number> {
  const made = await writeFiles(await consoleFiles(), outdir);
  return made.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function minified(css: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: css, loader: 'css' },
    minify: true,
    write: false,
    target: BROWSERS,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}
