import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { STYLE } from './style.js';

export interface Asset {
  type: string;
  content: string;
}

const BROWSER = new URL('./browser/', import.meta.url);
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE_SHEET = 'text/css; charset=utf-8';

/** Reads all files of the page, keyed by path below /ops/. Only these are served. */
export async function readAssets(): Promise<ReadonlyMap<string, Asset>> {
  const { resolve } = createRequire(import.meta.url);
  const uplot = (name: string) => readFile(resolve(`uplot/dist/${name}`), 'utf8');
  const assets = new Map<string, Asset>([
    ['vendor/uplot.js', { type: SCRIPT, content: await uplot('uPlot.esm.js') }],
    ['style.css', { type: STYLE_SHEET, content: `${await uplot('uPlot.min.css')}\n${STYLE}` }],
  ]);
  const scripts = (await readdir(BROWSER)).filter((name) => name.endsWith('.js'));
  for (const name of scripts) {
    assets.set(name, { type: SCRIPT, content: await readFile(new URL(name, BROWSER), 'utf8') });
  }
  return assets;
}
