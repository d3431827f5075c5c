import { once } from 'node:events';
import { createServer } from 'node:net';

const HIGHEST_PORT = 65_535;

export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code = 'PORT_UNUSABLE';
}

/**
 * Makes sure that a port can be listened on before anything is started for it: a second `npm start` then ends at once, and
 * does not touch the files of the first.
 *
 * @param variable that sets it, for who reads the error
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

/** The port after another, or 0, which takes any, where that is taken. */
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
    return `Port ${port} is in use. Stop what listens there, or take another port: ${variable}=${port === HIGHEST_PORT ? 8081 : port + 1} npm start`;
  }
  if (code === 'EACCES')
    return `Port ${port} needs more rights than this user has. Take one above 1023: ${variable}=8080 npm start`;
  return `Cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`;
}
