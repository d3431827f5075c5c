import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.js';

/** Logger of a process of the gateway. API keys stay out of the log. */
export function processLogger(config: Config): Logger {
  return pino({ level: config.LOG_LEVEL, name: 'gateway', redact: ['req.headers.authorization'] });
}

/**
 * Ends this process. Uses SIGKILL if its parent is gone: the log's reader may be gone too, and process.exit would
 * hang while pino retries the write to the broken pipe.
 */
export function endProcess(code: number): void {
  if (process.connected === false) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}
