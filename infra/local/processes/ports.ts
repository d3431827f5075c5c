import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, isIPv6 } from 'node:net';
import { type IsKnownOrigin, refuseForeignCallers } from '@swipegate/http/foreign-callers';
import { messageOf } from '@swipegate/terminal/message-of';

const HIGHEST_PORT = 65_535;

export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code = 'PORT_UNUSABLE';
}

/**
 * Checks that a port is free, so that a second `npm start` fails before it touches the first's files.
 * @param variable environment variable that sets the port, for the error. @throws {PortError}
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

/** Ports that no system gives to outgoing connections, which could take one before its server starts. */
const [LOWEST_FREE, HIGHEST_FREE] = [10_000, 32_000];

/** Returns `port`, or a free one instead of 0, for a server whose address others must know before it starts. */
export async function freePort(port: number, host: string): Promise<number> {
  let chosen = port;
  while (chosen === 0) {
    const candidate = randomInt(LOWEST_FREE, HIGHEST_FREE);
    chosen = await assertFreePort(candidate, '', host).then(
      () => candidate,
      () => 0,
    );
  }
  return chosen;
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
  return `Cannot listen on ${host}:${port}: ${messageOf(error)}`;
}

/**
 * Listens on a loopback port, by default a free one, and refuses web pages other than those of a known origin.
 * Resolves with the endpoint, `http://127.0.0.1:PORT`.
 */
export async function listenOnLoopback(server: Server, isKnown?: IsKnownOrigin, port = 0): Promise<string> {
  refuseForeignCallers(server, isKnown);
  // Clients keep connections open; closing idle ones would reset a request now and then.
  server.keepAliveTimeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return urlOf(server);
}

export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP port');
  return address.port;
}

/** Port in a URL that a process has reported; 0, for any port, if there is none. */
export function portIn(url: unknown): string {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).port : '0';
}

/** Base URL of a server for clients on this machine: loopback if it listens on all addresses. */
export function urlOf(server: Server, host = '127.0.0.1'): string {
  return urlAt(portOf(server), host);
}

/** As {@link urlOf}, for a server that does not listen yet. */
export function urlAt(port: number, host: string): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}
