/** Preloaded into a child on systems without /proc: reports CPU time and memory to the parent on request. */
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.send !== undefined) {
  process.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'usage') return;
    const { user, system } = process.cpuUsage();
    process.send?.({ type: 'usage', cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() });
  });
}
