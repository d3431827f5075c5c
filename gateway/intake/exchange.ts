import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Callbacks of pipelined requests, by connection. */
const pipelined = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `callback` once, when a request is over: answered, or its connection closed. A response emits `close` in both
 * cases, unless it waits behind another one on its connection. It then has no socket yet, and does not learn that its
 * connection has closed.
 */
export function onExchangeEnd(request: IncomingMessage, response: ServerResponse, callback: () => void): void {
  if (response.socket !== null) {
    response.on('close', callback);
    return;
  }
  const callbacks = pipelined.get(request.socket) ?? callbacksAtEnd(request.socket);
  callbacks.add(callback);
  response.on('close', () => {
    if (callbacks.delete(callback)) callback();
  });
}

/** Returns a set whose callbacks the end of the connection calls. */
function callbacksAtEnd(socket: Socket): Set<() => void> {
  const callbacks = new Set<() => void>();
  pipelined.set(socket, callbacks);
  socket.once('close', () => {
    for (const each of callbacks) each();
    callbacks.clear();
  });
  return callbacks;
}
