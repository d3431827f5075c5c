import { once } from 'node:events';
import type { Server } from 'node:http';
import { serveChild } from '../child-side.js';

/** Listens on a free loopback port and announces it as `endpoint`. */
export async function serveEmulator(server: Server): Promise<void> {
  // Clients keep connections for long; an emulator that closed idle ones would reset a request now and then.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The emulator has no TCP port');
  serveChild({
    ready: { endpoint: `http://127.0.0.1:${address.port}` },
    // All its data is in this process's memory: there is nothing to finish.
    onStop: () => undefined,
  });
}
