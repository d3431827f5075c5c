import { once } from 'node:events';
import { createServer } from 'node:net';

export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code = 'PORT_UNUSABLE';
}

/**
 * Makes sure that a port can be listened on before anything is started for it: a second `npm start` then ends at once, and
 * does not touch the files of the first.
 */
export async function assertFreePort(port: number, host: string): Promise<void> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new PortError(explain(error, port, host));
  }
  server.close();
  await once(server, 'close');
}

function explain(error: unknown, port: number, host: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop what listens there, or take another port: PORT=${port === 65_535 ? 8081 : port + 1} npm start`;
  }
  if (code === 'EACCES')
    return `Port ${port} needs more rights than this user has. Take one above 1023: PORT=8080 npm start`;
  return `Cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`;
}
