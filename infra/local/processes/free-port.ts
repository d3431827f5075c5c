import { once } from 'node:events';
import { createServer } from 'node:net';

const HIGHEST_PORT = 65_535;

export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code = 'PORT_UNUSABLE';
}

/**
 * Checks that a port is free before anything starts: a second `npm start` then fails early, without touching the first's files.
 *
 * @param variable environment variable that sets the port, named in the error
 * @throws {PortError}
 */
export async function assertFreePort(port: number, variable: string, host: string): Promise<void> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new PortError(explain(error, port, variable, host));
  }
  server.close();
  await once(server, 'close');
}

/** Returns the next port if it is free, else 0, which takes any. */
export async function nextPort(port: number, host: string): Promise<number> {
  if (port === 0 || port === HIGHEST_PORT) return 0;
  return assertFreePort(port + 1, '', host).then(
    () => port + 1,
    () => 0,
  );
}

function explain(error: unknown, port: number, variable: string, host: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop the process that uses it, or choose another port: ${variable}=${port === HIGHEST_PORT ? 8081 : port + 1} npm start`;
  }
  if (code === 'EACCES')
    return `No permission to listen on port ${port}. Choose one above 1023: ${variable}=8080 npm start`;
  return `Cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`;
}
