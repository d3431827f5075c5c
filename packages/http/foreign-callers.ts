import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { PROBLEMS } from '@swipegate/contract';
import { PROBLEM_TYPE, ProblemError, problemBody } from './problem-details.js';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address, or a Host header with or without a port, names this machine. */
export function isLoopback(host: string): boolean {
  // Nearly every call of the local cloud; the list takes ten times as long.
  if (/^127\.0\.0\.1(?::\d*)?$/.test(host)) return true;
  const name = host
    .replace(/:\d*$/, (port) => (isIPv6(host) ? port : ''))
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return LOOPBACK.check(name, isIPv6(name) ? 'ipv6' : 'ipv4');
}

/** Whether pages of this origin may call a server, apart from its own. */
export type IsKnownOrigin = (origin: string) => boolean;

/**
 * Tells why a request may come from a web page that this machine's browser shows. Such a page can send requests to any
 * port here, and can read the answers once its own name resolves to loopback (DNS rebinding). Browsers name the page in
 * Origin or Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/), and its host in Host. A click on a link is allowed.
 * @returns undefined if the request comes from a program, the server's own pages, or a known origin
 */
export function foreignCaller(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  isKnown: IsKnownOrigin = () => false,
): string | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isLoopback(host)) {
    return `Host must be 127.0.0.1, localhost or [::1] with the port, not ${host ?? 'missing'}.`;
  }
  if (origin !== undefined) {
    return origin === `http://${host}` || isKnown(origin) ? undefined : `Pages of ${origin} may not call this server.`;
  }
  const site = headers['sec-fetch-site'];
  const isLink = headers['sec-fetch-mode'] === 'navigate' && (method === 'GET' || method === 'HEAD');
  if (site === undefined || site === 'same-origin' || site === 'none' || isLink) return undefined;
  return 'Pages of other sites may not call this server.';
}

/** Makes a server on loopback answer 403 to {@link foreignCaller}. Call it after the server has its request listener. */
export function refuseForeignCallers(server: Server, isKnown?: IsKnownOrigin): void {
  const [answer] = server.listeners('request').filter(isListener);
  if (answer === undefined) throw new Error('The server does not listen for requests');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const reason = foreignCaller(request, isKnown);
    if (reason === undefined) return answer.call(server, request, response);
    const refusal = new ProblemError('foreign-caller', reason);
    response.writeHead(PROBLEMS[refusal.code].status, { 'content-type': PROBLEM_TYPE, connection: 'close' });
    response.end(problemBody(refusal));
  });
}

function isListener(listener: unknown): listener is RequestListener {
  return typeof listener === 'function';
}
