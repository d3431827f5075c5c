import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { headOf } from './datagram.js';

export interface BoardAddress {
  serial: number;
  /** IPv4. */
  address: string;
  port: number;
}

/** A board did not answer. */
export class BoardSilent extends Error {
  override readonly name = 'BoardSilent';
  readonly code = 'BOARD_SILENT';
}

export interface Patience {
  /** Time for one answer, ms. */
  timeoutMs: number;
  /** How often to ask. */
  tries: number;
}

const PATIENCE: Patience = { timeoutMs: 1_000, tries: 3 };

interface Pending {
  accepts: (reply: Buffer) => boolean;
  resolve: (reply: Buffer | undefined) => void;
}

/** Asks boards by UDP, from a port of its own: the answer to a status request looks like an event. */
export class Transport {
  readonly #socket: Socket;
  #isClosed = false;
  readonly #pending = new Map<string, Pending>();
  /** The last request of each function and board: a board mixes up two at once. */
  readonly #last = new Map<string, Promise<unknown>>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (datagram) => {
      const head = headOf(datagram);
      const pending = head && this.#pending.get(keyOf(head.serial, head.fn));
      if (pending?.accepts(datagram) === true) pending.resolve(datagram);
    });
    // A board that is off may make the network say so. The request times out.
    socket.on('error', () => undefined);
  }

  /** @param host address to send from */
  static async open(host: string): Promise<Transport> {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new Transport(socket);
  }

  /**
   * Sends a request, again if there is no answer.
   * @param accepts whether an answer is to this request, if the function alone does not tell
   * @throws {BoardSilent}
   */
  request(
    board: BoardAddress,
    datagram: Buffer,
    { accepts = () => true, ...patience }: Partial<Patience> & { accepts?: (reply: Buffer) => boolean } = {},
  ): Promise<Buffer> {
    const key = keyOf(board.serial, datagram.readUInt8(1));
    const before = this.#last.get(key) ?? Promise.resolve();
    const reply = before.then(() => this.#ask(board, datagram, key, accepts, { ...PATIENCE, ...patience }));
    this.#last.set(
      key,
      reply.catch(() => undefined),
    );
    return reply;
  }

  /** Ends all requests, as if the boards were silent. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const { resolve } of this.#pending.values()) resolve(undefined);
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }

  async #ask(
    { serial, address, port }: BoardAddress,
    datagram: Buffer,
    key: string,
    accepts: Pending['accepts'],
    { timeoutMs, tries }: Patience,
  ): Promise<Buffer> {
    for (let attempt = 0; attempt < tries && !this.#isClosed; attempt++) {
      const reply = await new Promise<Buffer | undefined>((resolve) => {
        const timer = setTimeout(() => resolve(undefined), timeoutMs);
        this.#pending.set(key, {
          accepts,
          resolve: (found) => {
            clearTimeout(timer);
            resolve(found);
          },
        });
        // An error is a silent board, too.
        this.#socket.send(datagram, port, address, () => undefined);
      });
      this.#pending.delete(key);
      if (reply !== undefined) return reply;
    }
    throw new BoardSilent(`The board ${serial} does not answer at ${address}:${port}.`);
  }
}

function keyOf(serial: number, fn: number): string {
  return `${serial}/${fn}`;
}
