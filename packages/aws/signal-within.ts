/**
 * Returns a signal that aborts with `signal`, or after `ms`. AbortSignal.timeout() within AbortSignal.any() does not: Node
 * 20 may collect it before its time.
 */
export function signalWithin(ms: number, signal?: AbortSignal): AbortSignal {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  setTimeout(end, ms).unref();
  if (signal?.aborted) end();
  else signal?.addEventListener('abort', end, { once: true, signal: ending.signal });
  return ending.signal;
}
