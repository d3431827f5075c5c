import { join } from 'node:path';
import type { Test } from 'tap';
import { type SwipegateApp, swipegateApp } from '../app.js';
import { readSettings } from '../constructs/settings.js';

/** Settings with a gateway stack. */
export const DOMAIN = { SWIPEGATE_DOMAIN: 'swipes.example.com', SWIPEGATE_ZONE_ID: 'Z0123456789ABC' };

/** Settings with the back office and its console, on CloudFront. */
export const CONSOLE = {
  SWIPEGATE_CONSOLE_DOMAIN: 'console.example.com',
  SWIPEGATE_CONSOLE_CERTIFICATE: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d',
  SWIPEGATE_ZONE_ID: DOMAIN.SWIPEGATE_ZONE_ID,
};

const FUNCTIONS = ['admin', 'change-apply', 'change-import', 'change-store', 'decide', 'occupancy', 'redrive'];

/** The app for an environment, with empty bundles: other tests build and run the bundles. */
export function synthesised(t: Pick<Test, 'testdir'>, env: Record<string, string> = {}): SwipegateApp {
  const folder = t.testdir({
    ...Object.fromEntries(FUNCTIONS.map((name) => [name, { 'index.mjs': 'export {}' }])),
    gateway: { bin: { 'main.js': '' } },
    console: { 'index.html': '' },
  });
  return swipegateApp({
    settings: readSettings(env),
    bundles: folder,
    gatewayBundle: join(folder, 'gateway'),
    consoleBundle: join(folder, 'console'),
    outdir: join(folder, 'cdk.out'),
  });
}
