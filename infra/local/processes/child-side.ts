/** The child's half of {@link ./child.ts}: announces itself, ends on request, and never outlives its parent. */
export interface ServedChild {
  /** Sent to the parent with `type: 'ready'`. */
  ready: Record<string, unknown>;
  /** Runs on SIGTERM and when the parent is gone; the process ends after it. */
  onStop(): Promise<void> | void;
  onMessage?(message: unknown): void;
}

/** Tells the parent that this process is ready, and from then on does what the parent says. */
export function serveChild(served: ServedChild): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    let code = 0;
    try {
      await served.onStop();
    } catch (error) {
      process.stderr.write(`${String(error)}\n`);
      code = 1;
    }
    // As gateway/end-process.ts says: with its reader the pipe is gone, to which pino would write the rest of the log for ever.
    if (process.connected === false) process.kill(process.pid, 'SIGKILL');
    process.exit(code);
  };
  // Whoever forks without a group of its own shares its terminal's Ctrl-C; the order of ending stays the parent's.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => void stop());
  process.on('disconnect', () => void stop());
  process.on('message', (message) => served.onMessage?.(message));
  process.send?.({ type: 'ready', ...served.ready });
}
