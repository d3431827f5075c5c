/** Stop request from the operating system. */
interface StopSignal {
  signal: AbortSignal;
  /** Removes the listeners. */
  release(): void;
}

/**
 * Aborts on SIGTERM or Ctrl-C; a second Ctrl-C exits at once (code 130). A forked process ignores Ctrl-C, which a terminal
 * sends to the whole process group, because its parent decides the order of shutdown. It exits when the parent disconnects.
 */
export function stopSignal(): StopSignal {
  const stopping = new AbortController();
  const hasParent = process.send !== undefined;
  const onTerm = (): void => stopping.abort();
  const onInterrupt = (): void => {
    if (hasParent) return;
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  };
  const onDisconnect = (): never => process.exit(1);
  process.on('SIGTERM', onTerm);
  process.on('SIGINT', onInterrupt);
  process.on('disconnect', onDisconnect);
  return {
    signal: stopping.signal,
    release: () => {
      process.off('SIGTERM', onTerm);
      process.off('SIGINT', onInterrupt);
      process.off('disconnect', onDisconnect);
    },
  };
}
