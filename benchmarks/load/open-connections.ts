import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';

/**
 * Connections opened at once: well below the backlog of a socket, beyond which the kernel delays clients for seconds.
 */
const STEP = 100;

/** An agent whose first connections are open before they are needed, like those of readers. */
export class ReadyAgent extends Agent {
  readonly #open: Socket[] = [];

  /** @param max maximum number of connections */
  constructor(max: number) {
    super({ keepAlive: true, maxSockets: max, maxFreeSockets: max });
  }

  /** Opens `count` connections, a few at a time. */
  async open(url: URL, count: number): Promise<void> {
    while (this.#open.length < count) {
      const step = Array.from({ length: Math.min(STEP, count - this.#open.length) }, () =>
        connect({ host: url.hostname, port: Number(url.port), noDelay: true }),
      );
      await Promise.all(step.map((socket) => once(socket, 'connect')));
      this.#open.push(...step);
    }
  }

  override createConnection(...args: Parameters<Agent['createConnection']>): ReturnType<Agent['createConnection']> {
    return this.#open.pop() ?? super.createConnection(...args);
  }

  override destroy(): void {
    for (const socket of this.#open.splice(0)) socket.destroy();
    super.destroy();
  }
}
