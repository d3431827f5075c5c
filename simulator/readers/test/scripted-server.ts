import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** A request as received. */
export interface ReceivedRequest {
  /** Number of the connection, from 1. */
  connection: number;
  head: string;
  body: string;
  socket: Socket;
}

/** A server in which a function answers each request, byte by byte if needed. */
export class ScriptedServer {
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: { count: number; resolve: () => void }[] = [];
  connections = 0;

  private constructor(onRequest: (request: ReceivedRequest, server: ScriptedServer) => void) {
    this.#server = createServer((socket) => {
      const connection = ++this.connections;
      let text = '';
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        text += bytes.toString();
        for (;;) {
          const headEnd = text.indexOf('\r\n\r\n');
          const length = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0);
          const end = headEnd + 4 + length;
          if (headEnd < 0 || text.length < end) return;
          const request = { connection, head: text.slice(0, headEnd), body: text.slice(headEnd + 4, end), socket };
          text = text.slice(end);
          this.requests.push(request);
          onRequest(request, this);
          for (const { count, resolve } of this.#waiting) if (this.requests.length >= count) resolve();
        }
      });
    });
  }

  static async start(onRequest: (request: ReceivedRequest, server: ScriptedServer) => void): Promise<ScriptedServer> {
    const server = new ScriptedServer(onRequest);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): URL {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    return new URL(`http://127.0.0.1:${address.port}`);
  }

  /** Resolves when `count` requests have arrived. */
  received(count: number): Promise<void> {
    if (this.requests.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Answers with a status and a JSON body. */
export function answer(
  { socket }: ReceivedRequest,
  status: number,
  body: unknown,
  headers: readonly string[] = [],
): void {
  const text = JSON.stringify(body);
  const head = [`HTTP/1.1 ${status} Any`, `content-length: ${Buffer.byteLength(text)}`, ...headers].join('\r\n');
  socket.write(`${head}\r\n\r\n${text}`);
}
