/**
 * Ends this process. Uses SIGKILL if its parent is gone: the log's reader may be gone too, and process.exit would
 * hang while pino retries the write to the broken pipe.
 */
export function endProcess(code: number): void {
  if (process.connected === false) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}
