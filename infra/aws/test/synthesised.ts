import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

// CDK's check of each template against the schemas of resources takes more CPU than all the rest, and finds warnings at
// most, which stop no synth. app.test.ts switches it on for one app with every stack, and expects no warning.
process.env['CDK_VALIDATION'] = 'false';

/** Synthesising takes seconds: tests that ask for the same environment share the app. */
const apps = new Map<string, SwipegateApp>();

/** The app for an environment, with empty bundles: other tests build and run the bundles. */
export function synthesised(env: Record<string, string> = {}): SwipegateApp {
  const key = JSON.stringify(Object.entries(env).sort());
  const app = apps.get(key) ?? synthesise(env);
  apps.set(key, app);
  return app;
}

function synthesise(env: Record<string, string>): SwipegateApp {
  const folder = mkdtempSync(join(tmpdir(), 'swipegate-synth-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of FUNCTIONS) write(join(folder, name, 'index.mjs'), 'export {}');
  write(join(folder, 'gateway/bin/main.js'), '');
  write(join(folder, 'console/index.html'), '');
  return swipegateApp({
    settings: readSettings(env),
    bundles: folder,
    gatewayBundle: join(folder, 'gateway'),
    consoleBundle: join(folder, 'console'),
    outdir: join(folder, 'cdk.out'),
  });
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
