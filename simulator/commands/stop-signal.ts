/** Aborts on SIGTERM or Ctrl-C; a second Ctrl-C exits at once (code 130). */
export function stopSignal(): { signal: AbortSignal; release(): void } {
  const stopping = new AbortController();
  const hasParent = process.send !== undefined;
  const onTerm = (): void => stopping.abort();
  const onInterrupt = (): void => {
    // A terminal sends Ctrl-C to the whole process group, but a parent decides the order of shutdown, or disconnects.
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
