#!/usr/bin/env node
// A wrapper, because each build rewrites the compiled file without its executable bit.
import { existsSync } from 'node:fs';

const cli = new URL('./dist/cli.js', import.meta.url);
if (existsSync(cli)) {
  await import(cli.href);
} else {
  process.stderr.write('swipegate-bridge is not built yet: run npm run build, or npm start once.\n');
  process.exitCode = 1;
}
