/** A wish to end. */
export interface StopSignal {
  signal: AbortSignal;
  /** Listens no more. */
  release(): void;
}

/**
 * Aborts when the process is asked to end: SIGTERM, or Ctrl-C; a second Ctrl-C ends it at once. A parent that goes takes it
 * along. A terminal's Ctrl-C reaches every process of the group, and where there is a parent, it decides the order in which
 * they end.
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
