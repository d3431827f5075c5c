import { join } from 'node:path';
import type { Test } from 'tap';
import { type SwipegateApp, swipegateApp } from '../app.js';
import { readSettings } from '../settings.js';

/** With it there is a gateway stack. */
export const DOMAIN = { SWIPEGATE_DOMAIN: 'swipes.example.com', SWIPEGATE_ZONE_ID: 'Z0123456789ABC' };

const FUNCTIONS = ['decide', 'occupancy', 'redrive'];

/** The app as an environment wants it. Its bundles are empty: what is in them is bundled and run elsewhere. */
export function synthesised(t: Pick<Test, 'testdir'>, env: Record<string, string> = {}): SwipegateApp {
  const folder = t.testdir({
    ...Object.fromEntries(FUNCTIONS.map((name) => [name, { 'index.mjs': 'export {}' }])),
    gateway: { bin: { 'main.js': '' } },
  });
  return swipegateApp({
    settings: readSettings(env),
    bundles: folder,
    gatewayBundle: join(folder, 'gateway'),
    outdir: join(folder, 'cdk.out'),
  });
}
