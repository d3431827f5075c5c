import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.js';
import { foldRepeats } from './fold-repeats.js';

/** Keeps API keys out of the log, and folds repeated lines. */
export function processLogger(config: Config): Logger {
  return pino({
    level: config.LOG_LEVEL,
    name: 'gateway',
    redact: ['req.headers.authorization'],
    hooks: { logMethod: foldRepeats() },
  });
}

/** Uses SIGKILL if the parent is gone: process.exit would hang while pino retries a write to the broken pipe. */
export function endProcess(code: number): void {
  if (process.connected === false) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}
