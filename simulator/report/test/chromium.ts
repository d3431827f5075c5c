import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import t from 'tap';

// The shell first: without windows it takes less than half the CPU.
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
];

export const NO_CHROMIUM =
  'no Chromium: install one (Debian: apt-get install chromium-headless-shell) on the PATH, or name it in CHROMIUM_PATH';

let launched: Promise<Browser | undefined> | undefined;

/**
 * The machine's own Chromium, headless; undefined if it has none. Downloads nothing. All tests of a process share it,
 * because its start takes longer than most of them.
 */
export function launchChromium(): Promise<Browser | undefined> {
  launched ??= launch();
  return launched;
}

async function launch(): Promise<Browser | undefined> {
  const executablePath = await findChromium(process.env);
  if (executablePath === undefined) return undefined;
  // Chromium does not start as root with its sandbox, and CI containers often run as root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  // The shell takes its language from LANGUAGE. Without one, it is no language that Intl knows.
  const browser = await chromium.launch({ executablePath, args, env: { ...process.env, LANGUAGE: 'en_US' } });
  t.teardown(() => browser.close());
  return browser;
}

async function findChromium(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const named = env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return file;
    }
  }
  return undefined;
}
