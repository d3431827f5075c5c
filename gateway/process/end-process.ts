/**
 * Ends this process. One whose parent has gone is killed: the reader of its log may have gone with it, and in process.exit pino
 * would try for ever to write the rest of the log into the broken pipe.
 */
export function endProcess(code: number): void {
  if (process.connected === false) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}
