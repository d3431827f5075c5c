import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Test } from 'tap';
import { type BoardEvent, DATAGRAM_BYTES, FUNCTIONS, request, wallDigits, writeBcd } from '../datagram.js';

export const SERIAL = 423187757;

export type Shown = Partial<Omit<BoardEvent, 'index'>>;

/** A board on loopback: a numbered list of events, doors, and a clock. */
export class FakeBoard {
  readonly events: (BoardEvent | 'overwritten')[] = [];
  readonly opened: number[] = [];
  readonly controls = new Map<number, number>();
  listener = { address: '', port: 0 };
  isSpecialOn = false;
  isHostAsked = false;
  eventIndex = 0;
  /** How far its clock is ahead of UTC, ms. */
  aheadMs = 0;
  /** Functions of requests that get no answer. */
  readonly deaf = new Set<number>();
  /** Indices that were asked for. */
  readonly read: number[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (datagram, { port, address }) => {
      const fn = datagram.readUInt8(1);
      const reply = this.deaf.has(fn) ? undefined : this.#reply(fn, datagram);
      if (reply !== undefined) socket.send(reply, port, address);
    });
  }

  static async start(t: Test, host = '127.0.0.1'): Promise<FakeBoard> {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    t.teardown(() => socket.close());
    return new FakeBoard(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get clockMs(): number {
    return Date.now() + this.aheadMs;
  }

  /** Adds an event, without telling anybody. */
  happen(shown: Shown = {}): BoardEvent {
    const event: BoardEvent = {
      index: this.events.length + 1,
      ...{ type: 1, granted: true, door: 1, direction: 'in', card: 16145763, reason: 1 },
      wallMs: Math.floor(this.clockMs / 1_000) * 1_000,
      ...shown,
    };
    this.events.push(event);
    return event;
  }

  /** Adds an event and sends it to the listener. @param start first byte of the datagram */
  tell(shown: Shown = {}, start = 0x17): BoardEvent {
    const event = this.happen(shown);
    this.send(event, start);
    return event;
  }

  send(event: BoardEvent, start = 0x17): void {
    const datagram = this.#status(event);
    datagram.writeUInt8(start, 0);
    this.#socket.send(datagram, this.listener.port, this.listener.address);
  }

  #status(event: BoardEvent | undefined): Buffer {
    return request(FUNCTIONS.getStatus, SERIAL, (datagram) => {
      if (event !== undefined) writeEvent(datagram, event);
      const clock = wallDigits(this.clockMs);
      writeBcd(datagram, 37, clock.slice(8));
      writeBcd(datagram, 51, clock.slice(2, 8));
    });
  }

  #reply(fn: number, asked: Buffer): Buffer | undefined {
    const reply = request(fn, SERIAL);
    reply.writeUInt8(1, 8);
    switch (fn) {
      case FUNCTIONS.getStatus:
        return this.#status(this.events.filter((event) => event !== 'overwritten').at(-1));
      case FUNCTIONS.getEventIndex:
        reply.writeUInt32LE(this.eventIndex, 8);
        return reply;
      case FUNCTIONS.setEventIndex:
        this.eventIndex = asked.readUInt32LE(8);
        return asked.readUInt32LE(12) === 0x55aaaa55 ? reply : undefined;
      case FUNCTIONS.getEvent:
        this.#readEvent(asked.readUInt32LE(8), reply);
        return reply;
      case FUNCTIONS.setListener:
        this.listener = { address: Array.from(asked.subarray(8, 12)).join('.'), port: asked.readUInt16LE(12) };
        return reply;
      case FUNCTIONS.recordSpecialEvents:
        this.isSpecialOn = asked.readUInt8(8) === 1;
        return reply;
      case FUNCTIONS.setPcControl:
        this.isHostAsked = asked.readUInt8(12) === 1;
        return asked.readUInt32LE(8) === 0x55aaaa55 ? reply : undefined;
      case FUNCTIONS.openDoor:
        this.opened.push(asked.readUInt8(8));
        return reply;
      case FUNCTIONS.getDoorControl:
        reply.writeUInt8(asked.readUInt8(8), 8);
        reply.writeUInt8(this.controls.get(asked.readUInt8(8)) ?? 3, 9);
        reply.writeUInt8(7, 10);
        return reply;
      case FUNCTIONS.setDoorControl:
        if (asked.readUInt8(10) !== 7) return undefined;
        this.controls.set(asked.readUInt8(8), asked.readUInt8(9));
        asked.copy(reply, 8, 8, 11);
        return reply;
      case FUNCTIONS.setTime: {
        const [, date = '', time = ''] = /^(\d{8})(\d{6})$/.exec(asked.toString('hex', 8, 15)) ?? [];
        const at = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`;
        this.aheadMs = Date.parse(at) - Date.now();
        asked.copy(reply, 8, 8, 15);
        return reply;
      }
      default:
        return undefined;
    }
  }

  #readEvent(index: number, reply: Buffer): void {
    this.read.push(index);
    reply.fill(0, 8, DATAGRAM_BYTES);
    const oldest = this.events.findIndex((event) => event !== 'overwritten');
    const event = this.events[index === 0 ? oldest : index - 1];
    if (event === 'overwritten') {
      reply.writeUInt32LE(index, 8);
      reply.writeUInt8(0xff, 12);
    } else if (event !== undefined) {
      writeEvent(reply, event);
    }
  }
}

function writeEvent(datagram: Buffer, event: BoardEvent): void {
  datagram.writeUInt32LE(event.index, 8);
  datagram.writeUInt8(event.type, 12);
  datagram.writeUInt8(event.granted ? 1 : 0, 13);
  datagram.writeUInt8(event.door, 14);
  datagram.writeUInt8(event.direction === 'out' ? 2 : 1, 15);
  datagram.writeUInt32LE(event.card, 16);
  if (event.wallMs !== undefined) writeBcd(datagram, 20, wallDigits(event.wallMs));
  datagram.writeUInt8(event.reason, 27);
}
