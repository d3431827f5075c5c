import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { Uplink } from '../uplink/uplink.js';
import { Board, type BoardSettings } from './board.js';
import { FUNCTIONS, headOf, statusIn } from './datagram.js';
import { Transport } from './transport.js';

export interface BoardsSettings {
  /** Address and port to which boards send their events. */
  listen: { host: string; port: number };
  boards: readonly (BoardSettings & { uplink: Uplink })[];
  log: Logger;
  /** See {@link Board}. */
  pollMs?: number;
}

/** All boards, and the port at which they report. */
export class Boards {
  /** By serial number. */
  readonly boards: ReadonlyMap<number, Board>;
  /** Port of {@link BoardsSettings.listen}. */
  readonly port: number;
  readonly #socket: Socket;
  readonly #transport: Transport;

  private constructor(boards: ReadonlyMap<number, Board>, socket: Socket, transport: Transport) {
    this.boards = boards;
    this.port = socket.address().port;
    this.#socket = socket;
    this.#transport = transport;
  }

  /** Listens, and starts to look after the boards. @throws {Error} if the port is taken */
  static async start({ listen, boards, log, pollMs }: BoardsSettings): Promise<Boards> {
    const socket = createSocket('udp4');
    // First, so that the transport does not get this port.
    socket.bind(listen.port, listen.host);
    await once(socket, 'listening');
    const { port } = socket.address();
    const transport = await Transport.open(listen.host);
    const started = new Map<number, Board>();
    const addresses = new Map(boards.map((board) => [board.serial, board.address]));
    for (const { uplink, ...settings } of boards) {
      const address = listen.host === '0.0.0.0' ? await addressTowards(settings.address) : listen.host;
      const listener = { address, port };
      const board = new Board(settings, {
        transport,
        uplink,
        log,
        listener,
        ...(pollMs === undefined ? {} : { pollMs }),
      });
      started.set(settings.serial, board);
    }
    socket.on('error', (error) => log.error({ err: error }, 'the port for events of boards'));
    socket.on('message', (datagram, { address }) => {
      const head = headOf(datagram);
      const board = head && started.get(head.serial);
      if (board === undefined || head?.fn !== FUNCTIONS.getStatus || addresses.get(head.serial) !== address) {
        log.debug({ address, serial: head?.serial }, 'a datagram of no board that is known');
        return;
      }
      board.receive(statusIn(datagram));
    });
    for (const board of started.values()) board.start();
    return new Boards(started, socket, transport);
  }

  /** Ends once all that was heard is on disk. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve());
    });
    await this.#transport.close();
    await Promise.all(Array.from(this.boards.values(), (board) => board.stop()));
  }
}

/** Address of this machine in the network of a board. Sends nothing. */
async function addressTowards(board: string): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.connect(9, board);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}
