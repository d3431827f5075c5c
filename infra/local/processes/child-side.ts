/** Child's half of {@link ./child.ts}: reports that it is ready, ends on request, and never outlives its parent. */
export interface ServedChild {
  /** Sent to the parent with `type: 'ready'`. */
  ready: Record<string, unknown>;
  /** Runs on SIGTERM and when the parent has exited; the process exits afterwards. */
  onStop(): Promise<void> | void;
  onMessage?(message: unknown): void;
}

/** Reports to the parent that this process is ready, then handles its messages and its request to stop. */
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
    // See gateway/end-process.ts: without a parent the output pipe has no reader, and pino would try to flush to it forever.
    if (process.connected === false) process.kill(process.pid, 'SIGKILL');
    process.exit(code);
  };
  // Ignore Ctrl-C, which a child in its parent's process group receives too: the parent decides the order of stopping.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => void stop());
  process.on('disconnect', () => void stop());
  process.on('message', (message) => served.onMessage?.(message));
  process.send?.({ type: 'ready', ...served.ready });
}
