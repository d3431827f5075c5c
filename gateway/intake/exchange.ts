import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Callbacks of pipelined requests, by connection. */
const pipelined = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `callback` once, when a request is over: answered, or its connection closed. A response emits `close` for both,
 * unless it waits behind another one on its connection: then it has no socket yet and hears nothing of its end.
 */
export function onExchangeEnd(request: IncomingMessage, response: ServerResponse, callback: () => void): void {
  if (response.socket !== null) {
    response.on('close', callback);
    return;
  }
  const { socket } = request;
  let callbacks = pipelined.get(socket);
  if (callbacks === undefined) {
    callbacks = new Set();
    pipelined.set(socket, callbacks);
    const all = callbacks;
    socket.once('close', () => {
      for (const each of all) each();
      all.clear();
    });
  }
  const own = callbacks.add(callback);
  response.on('close', () => {
    if (own.delete(callback)) callback();
  });
}
