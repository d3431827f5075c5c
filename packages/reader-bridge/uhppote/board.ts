import type { DeviceCommandName, DoorEvent, Swipe } from '@swipegate/contract';
import { swipeIdOf } from '@swipegate/contract/values/hashed-id';
import { offsetAt, WallClock } from '@swipegate/contract/values/wall-clock';
import type { Logger } from 'pino';
import { readerOf, readersOf } from '../uplink/doors.js';
import type { Uplink } from '../uplink/uplink.js';
import {
  type BoardEvent,
  type BoardStatus,
  DOOR_CONTROL,
  eventIn,
  FUNCTIONS,
  isDone,
  request,
  setEventIndex,
  setListener,
  setPcControl,
  setTime,
  statusIn,
} from './datagram.js';
import { meaningOf, POWER_ON } from './meaning.js';
import { type BoardAddress, BoardSilent, type Transport } from './transport.js';

export interface BoardSettings extends BoardAddress {
  /** IANA zone of the board's clock. */
  timeZone: string;
  doors: readonly { door: number; in?: string; out?: string }[];
  /** The board asks about each card, and opens only if the gateway grants. */
  decide: boolean;
  /** How long a person waits at the door, ms. */
  patienceMs: number;
  /** Sets the board's clock where it is wrong. */
  setClock: boolean;
}

export interface BoardDependencies {
  transport: Transport;
  uplink: Uplink;
  log: Logger;
  /** Where the board sends its events to. */
  listener: { address: string; port: number };
  /** Time between two looks at the board, ms. Below 30 s: then a board that asks its host decides by itself. */
  pollMs?: number;
}

const POLL_MS = 10_000;
/** Events of a catch-up that share a sync of the disk. */
const TOGETHER = 32;
/** Events that wait for those before them. More are read from the board. */
const MOST_LIVE = 256;
/** An event is live if the board's clock has gone on by less than this, ms. */
const LIVE_MS = 5_000;
/** A clock that is so far off is set, ms. */
const CLOCK_OFF_MS = 5_000;
/** The bridge's own clock is trusted if it is so near to the gateway's, ms. */
const OWN_CLOCK_MS = 30_000;
/** How long a person still waits for a door that the gateway has granted, ms. */
const OPEN_PATIENCE = { timeoutMs: 400, tries: 2 };

const COMMANDS: Readonly<Record<Exclude<DeviceCommandName, 'open' | 'set-clock'>, number>> = {
  'hold-open': DOOR_CONTROL.open,
  lock: DOOR_CONTROL.shut,
  normal: DOOR_CONTROL.cards,
};

/** An event as the board sent it by itself. */
interface Live {
  event: BoardEvent;
  /** RFC 3339; undefined if the event is old. */
  heardAt?: string;
  /** The bridge answers it. Resolves once it is on disk. */
  stored?: Promise<void>;
}

/**
 * One board. It keeps a numbered list of events. All of them up to `taken` are on the bridge's disk, and the board is told
 * that number: a new bridge goes on from there.
 */
export class Board {
  readonly #settings: BoardSettings;
  readonly #transport: Transport;
  readonly #uplink: Uplink;
  readonly #log: Logger;
  readonly #listener: BoardDependencies['listener'];
  readonly #pollMs: number;
  readonly #live = new Map<number, Live>();
  /** Undefined until the board has answered. */
  #taken: number | undefined;
  #told = 0;
  #isSilent = false;
  /** The board's index was lower than `taken` at the last look. */
  #fellBack = false;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(settings: BoardSettings, { transport, uplink, log, listener, pollMs = POLL_MS }: BoardDependencies) {
    this.#settings = settings;
    this.#transport = transport;
    this.#uplink = uplink;
    this.#log = log.child({ board: settings.serial });
    this.#listener = listener;
    this.#pollMs = pollMs;
  }

  start(): void {
    this.#poll();
  }

  /** Ends once all that was heard is on disk. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#work;
  }

  /** Takes an event that the board sent by itself. A question is asked at once, before the events that were missed. */
  receive(status: BoardStatus): void {
    const { event } = status;
    const taken = this.#taken;
    if (this.#stopped || taken === undefined || event.index === 0) return;
    if (event.index <= taken && !this.#fellBack) return;
    if (this.#live.has(event.index) || this.#live.size === MOST_LIVE) return;
    this.#live.set(event.index, isLive(status) ? this.#answer(event, new Date().toISOString()) : { event });
    void this.#inTurn(() => this.#catchUp(event.index));
    if (event.reason === POWER_ON) void this.#inTurn(() => this.#setUp());
  }

  /** Carries out a command. @throws {Error} if the board does not */
  async command(command: DeviceCommandName, door: number | undefined): Promise<void> {
    const { serial, timeZone } = this.#settings;
    if (command === 'set-clock') {
      await this.#send(setTime(serial, Date.now(), timeZone));
      return;
    }
    const number = door ?? this.#settings.doors[0]?.door;
    if (number === undefined || (door === undefined && this.#settings.doors.length > 1)) {
      throw new Error('The command names no door.');
    }
    if (command === 'open') return this.#openDoor(number);
    const control = await this.#send(
      request(FUNCTIONS.getDoorControl, serial, (datagram) => datagram.writeUInt8(number, 8)),
      { accepts: (reply) => reply.readUInt8(8) === number },
    );
    const delayS = control.readUInt8(10);
    const reply = await this.#send(
      request(FUNCTIONS.setDoorControl, serial, (datagram) => {
        datagram.writeUInt8(number, 8);
        datagram.writeUInt8(COMMANDS[command], 9);
        datagram.writeUInt8(delayS, 10);
      }),
      { accepts: (answer) => answer.readUInt8(8) === number },
    );
    if (reply.readUInt8(9) !== COMMANDS[command]) throw new Error('The board has not changed the door.');
  }

  #poll(): void {
    void this.#inTurn(() => this.#look()).finally(() => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.#poll(), this.#pollMs);
    });
  }

  /** One thing at a time: events keep their order. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(task).catch((error: unknown) => {
      if (error instanceof BoardSilent) {
        if (!this.#isSilent) this.#log.warn(error.message);
        this.#isSilent = true;
      } else {
        this.#log.error({ err: error }, 'events of the board wait');
      }
    });
    return this.#work;
  }

  async #look(): Promise<void> {
    const { serial, doors } = this.#settings;
    if (this.#taken === undefined || this.#isSilent) await this.#setUp();
    const status = statusIn(await this.#send(request(FUNCTIONS.getStatus, serial)));
    this.#uplink.heartbeat(readersOf(doors));
    await this.#checkClock(status);
    await this.#catchUp(this.#lastIndex(status.event.index));
    const taken = this.#taken ?? 0;
    if (taken === this.#told) return;
    await this.#send(setEventIndex(serial, taken));
    this.#told = taken;
  }

  async #setUp(): Promise<void> {
    const { serial, decide } = this.#settings;
    const { address, port } = this.#listener;
    const index = (await this.#send(request(FUNCTIONS.getEventIndex, serial))).readUInt32LE(8);
    const done = [
      await this.#send(setListener(serial, address, port)),
      await this.#send(request(FUNCTIONS.recordSpecialEvents, serial, (datagram) => datagram.writeUInt8(1, 8))),
      await this.#send(setPcControl(serial, decide)),
    ].every(isDone);
    if (!done) this.#log.error('the board refuses its settings');
    if (this.#taken === undefined) {
      this.#taken = index;
      this.#told = index;
    }
    this.#isSilent = false;
    this.#log.info({ taken: this.#taken, decide, sendsTo: `${address}:${port}` }, 'the board answers');
  }

  /** The board's list may have been cleared: then it counts from 1 again. An old answer may look the same, once. */
  #lastIndex(index: number): number {
    const isLower = index < (this.#taken ?? 0);
    if (isLower && this.#fellBack) {
      this.#log.warn({ taken: this.#taken, index }, 'the board has begun a new list of events');
      this.#taken = 0;
      this.#told = -1;
      this.#live.clear();
    }
    this.#fellBack = isLower && !this.#fellBack;
    return index;
  }

  /** Takes all events up to an index, those that got lost on the way included. */
  async #catchUp(last: number): Promise<void> {
    const clock = new WallClock(this.#settings.timeZone, Date.now());
    let from = this.#taken ?? 0;
    while (from < last) {
      const stored: Promise<void>[] = [];
      let next = from;
      while (next < last && stored.length < TOGETHER) {
        const found = await this.#eventAt(next + 1, last);
        next = found.index;
        const { live } = found;
        if (found.event === undefined) continue;
        const { wallMs } = found.event;
        const at = live?.heardAt ?? (wallMs === undefined ? new Date().toISOString() : clock.instant(wallMs));
        const storing = this.#take(found.event, at, live);
        // Its error is thrown below, in order.
        storing.catch(() => undefined);
        stored.push(storing);
      }
      try {
        await Promise.all(stored);
      } catch (error) {
        // What was heard is read from the board again.
        this.#live.clear();
        throw error;
      }
      for (const index of this.#live.keys()) if (index <= next) this.#live.delete(index);
      from = next;
      this.#taken = next;
    }
    if (clock.ahead > 0)
      this.#log.warn({ events: clock.ahead }, 'the board’s clock is ahead: these events count as now');
  }

  /** The event with an index, or the index of the last one that is missing. */
  async #eventAt(index: number, last: number): Promise<{ index: number; event?: BoardEvent; live?: Live }> {
    const live = this.#live.get(index);
    if (live !== undefined) return { index, event: live.event, live };
    const event = await this.#read(index, (found) => found.index === index || found.index === 0 || isGone(found));
    if (event.index === index && !isGone(event)) return { index, event };
    if (!isGone(event)) {
      this.#log.error({ index }, 'the board has no event with this index');
      return { index };
    }
    // The list is full, and later events have replaced the oldest ones.
    const oldest = (await this.#read(0, () => true)).index;
    const until = Math.min(Math.max(index, oldest - 1), last);
    this.#log.error({ from: index, until }, 'the board has overwritten events before the bridge has read them');
    return { index: until };
  }

  async #read(index: number, accepts: (event: BoardEvent) => boolean): Promise<BoardEvent> {
    const { serial } = this.#settings;
    const datagram = request(FUNCTIONS.getEvent, serial, (bytes) => bytes.writeUInt32LE(index, 8));
    return eventIn(await this.#send(datagram, { accepts: (reply) => accepts(eventIn(reply)) }));
  }

  /** Puts an event on disk. @param at RFC 3339 */
  async #take(event: BoardEvent, at: string, live: Live | undefined): Promise<void> {
    if (live?.stored !== undefined) return live.stored;
    const meaning = meaningOf(event);
    switch (meaning.kind) {
      case 'swipe': {
        const swipe = this.#swipeOf(event, at);
        if (swipe === undefined) return this.#log.error({ event }, 'a swipe at a door that has no reader');
        const item: Swipe = { ...swipe, offlineOutcome: meaning.granted ? 'granted' : 'denied' };
        return this.#uplink.report({ kind: 'swipe', item });
      }
      case 'door-event': {
        const readerId = this.#readerAt(event);
        if (readerId === undefined) return;
        const item: DoorEvent = { eventId: this.#idOf(event), readerId, type: meaning.type, occurredAt: at };
        return this.#uplink.report({ kind: 'door-event', item });
      }
      case 'overwritten':
      case 'nothing':
        this.#log.debug({ event }, 'an event that is not reported');
        return undefined;
    }
  }

  /** Opens or asks, if the board leaves the card to its host. @param heardAt RFC 3339 */
  #answer(event: BoardEvent, heardAt: string): Live {
    const meaning = meaningOf(event);
    const live: Live = { event, heardAt };
    if (!this.#settings.decide || meaning.kind !== 'swipe' || !meaning.isQuestion) return live;
    const swipe = this.#swipeOf(event, heardAt);
    if (swipe === undefined) return live;
    const { door, direction } = event;
    const stored = this.#uplink.letIn({
      swipe,
      isWayOut: direction === 'out' && this.#doorOf(door)?.out !== undefined,
      patienceMs: this.#settings.patienceMs,
      open: () => this.#openDoor(door),
    });
    // The catch-up waits for it and reports its error.
    stored.catch(() => undefined);
    return { ...live, stored };
  }

  async #openDoor(door: number): Promise<void> {
    const datagram = request(FUNCTIONS.openDoor, this.#settings.serial, (bytes) => bytes.writeUInt8(door, 8));
    if (!isDone(await this.#send(datagram, OPEN_PATIENCE))) throw new Error('The board refuses to open the door.');
  }

  /** Boards know no time zones, so their clocks are wrong after each change of daylight saving time. */
  async #checkClock({ clockMs }: BoardStatus): Promise<void> {
    const { serial, setClock, timeZone } = this.#settings;
    const nowMs = Date.now();
    const offMs = clockMs === undefined ? Number.POSITIVE_INFINITY : clockMs - offsetAt(nowMs, timeZone) - nowMs;
    if (!setClock || Math.abs(offMs) < CLOCK_OFF_MS) return;
    // A Raspberry Pi without a network starts in the past.
    const ownMs = this.#uplink.client.clockAheadMs;
    if (ownMs === undefined || Math.abs(ownMs) > OWN_CLOCK_MS) return;
    await this.#send(setTime(serial, nowMs, timeZone));
    this.#log.warn({ offS: Math.round(offMs / 1_000) }, 'the board’s clock was wrong, and is set');
  }

  #swipeOf(event: BoardEvent, readAt: string): Swipe | undefined {
    const readerId = this.#readerAt(event);
    if (readerId === undefined) return undefined;
    const { card, direction } = event;
    return { swipeId: this.#idOf(event), readerId, cardId: String(card), readAt, direction };
  }

  /** A cleared list begins with index 1 again, so that the index alone names no event. */
  #idOf({ index, wallMs, card }: BoardEvent): string {
    return swipeIdOf(['uhppote', this.#settings.serial, index, wallMs ?? '', card].map(String));
  }

  #readerAt({ door, direction }: BoardEvent): string | undefined {
    return readerOf(this.#doorOf(door), direction);
  }

  #doorOf(number: number) {
    return this.#settings.doors.find(({ door }) => door === number);
  }

  #send(datagram: Buffer, options?: Parameters<Transport['request']>[2]): Promise<Buffer> {
    return this.#transport.request(this.#settings, datagram, options);
  }
}

function isGone(event: BoardEvent): boolean {
  return meaningOf(event).kind === 'overwritten';
}

/** Whether an event has just happened, by the board's own clock. */
function isLive({ event: { wallMs }, clockMs }: BoardStatus): boolean {
  return wallMs !== undefined && clockMs !== undefined && Math.abs(clockMs - wallMs) < LIVE_MS;
}
