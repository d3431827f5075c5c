import { once } from 'node:events';
import type { Server } from 'node:http';

/** Listens on a free loopback port. Resolves with the endpoint, `http://127.0.0.1:PORT`. */
export async function listenOnLoopback(server: Server): Promise<string> {
  // Clients keep connections open; closing idle ones would reset a request now and then.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The emulator has no TCP port');
  return `http://127.0.0.1:${address.port}`;
}
