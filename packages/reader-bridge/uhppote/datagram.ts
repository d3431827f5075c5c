import { offsetAt, wallTimeOf } from '@swipegate/contract/values/wall-clock';

/** Every datagram of a board has this length, bytes. */
export const DATAGRAM_BYTES = 64;

const START = 0x17;
/** Firmware 6.62 begins its events with this. */
const OLD_EVENT_START = 0x19;
/** Guards functions that a stray datagram must not call. */
const MAGIC_WORD = 0x55aaaa55;

export const FUNCTIONS = {
  /** Also the datagram of an event, which the board sends by itself. */
  getStatus: 0x20,
  setTime: 0x30,
  openDoor: 0x40,
  setDoorControl: 0x80,
  getDoorControl: 0x82,
  recordSpecialEvents: 0x8e,
  setListener: 0x90,
  setPcControl: 0xa0,
  getEvent: 0xb0,
  setEventIndex: 0xb2,
  getEventIndex: 0xb4,
} as const;

/** How a door is locked: open for everybody, shut for everybody, or by cards. */
export const DOOR_CONTROL = { open: 1, shut: 2, cards: 3 } as const;

export interface BoardEvent {
  index: number;
  /** 0 none, 1 swipe, 2 door, 3 alarm, 255 overwritten by later ones. */
  type: number;
  granted: boolean;
  /** From 1. */
  door: number;
  direction: 'in' | 'out';
  card: number;
  /** Time that the board's clock showed: ms since the epoch if it showed UTC; undefined if it is none. */
  wallMs: number | undefined;
  reason: number;
}

/** A board's status, with its latest event. Events come in this form, too. */
export interface BoardStatus {
  serial: number;
  event: BoardEvent;
  /** What the board's clock shows, as in {@link BoardEvent}. */
  clockMs: number | undefined;
}

/** Returns the function of a datagram and the serial number of its board; undefined if it is of no board. */
export function headOf(datagram: Buffer): { fn: number; serial: number } | undefined {
  if (datagram.length !== DATAGRAM_BYTES) return undefined;
  const fn = datagram.readUInt8(1);
  const start = datagram.readUInt8(0);
  const isBoard = start === START || (start === OLD_EVENT_START && fn === FUNCTIONS.getStatus);
  return isBoard ? { fn, serial: datagram.readUInt32LE(4) } : undefined;
}

/** A request to a board. @param fill writes what follows the serial number */
export function request(fn: number, serial: number, fill: (datagram: Buffer) => void = () => undefined): Buffer {
  const datagram = Buffer.alloc(DATAGRAM_BYTES);
  datagram.writeUInt8(START, 0);
  datagram.writeUInt8(fn, 1);
  datagram.writeUInt32LE(serial, 4);
  fill(datagram);
  return datagram;
}

/** @param ipv4 where the board sends its events */
export function setListener(serial: number, ipv4: string, port: number): Buffer {
  return request(FUNCTIONS.setListener, serial, (datagram) => {
    ipv4.split('.').forEach((part, index) => {
      datagram.writeUInt8(Number(part), 8 + index);
    });
    datagram.writeUInt16LE(port, 12);
  });
}

/** @param ms time of day in `timeZone` that the board shows from now on, ms since the epoch */
export function setTime(serial: number, ms: number, timeZone: string): Buffer {
  return request(FUNCTIONS.setTime, serial, (datagram) => {
    writeBcd(datagram, 8, wallDigits(ms + offsetAt(ms, timeZone)));
  });
}

/** A board that this is set on asks the host about each card, as long as the host is heard from every 30 s. */
export function setPcControl(serial: number, isOn: boolean): Buffer {
  return request(FUNCTIONS.setPcControl, serial, (datagram) => {
    datagram.writeUInt32LE(MAGIC_WORD, 8);
    datagram.writeUInt8(isOn ? 1 : 0, 12);
  });
}

export function setEventIndex(serial: number, index: number): Buffer {
  return request(FUNCTIONS.setEventIndex, serial, (datagram) => {
    datagram.writeUInt32LE(index, 8);
    datagram.writeUInt32LE(MAGIC_WORD, 12);
  });
}

/** Whether the board has done what it was asked to. */
export function isDone(reply: Buffer): boolean {
  return reply.readUInt8(8) === 1;
}

/** Reads a status or an event that the board sent by itself. */
export function statusIn(datagram: Buffer): BoardStatus {
  const time = digitsAt(datagram, 37, 3);
  const date = digitsAt(datagram, 51, 3);
  return {
    serial: datagram.readUInt32LE(4),
    event: eventIn(datagram),
    clockMs: wallMsOf(`20${date}${time}`),
  };
}

/** Reads the event of a status, or of the answer to a request for it. */
export function eventIn(datagram: Buffer): BoardEvent {
  return {
    index: datagram.readUInt32LE(8),
    type: datagram.readUInt8(12),
    granted: datagram.readUInt8(13) === 1,
    door: datagram.readUInt8(14),
    direction: datagram.readUInt8(15) === 2 ? 'out' : 'in',
    card: datagram.readUInt32LE(16),
    wallMs: wallMsOf(digitsAt(datagram, 20, 7)),
    reason: datagram.readUInt8(27),
  };
}

/** Binary coded decimals, such as 20190419170009. Other bytes give letters. */
function digitsAt(datagram: Buffer, at: number, bytes: number): string {
  return datagram.toString('hex', at, at + bytes);
}

export function writeBcd(datagram: Buffer, at: number, digits: string): void {
  datagram.write(digits, at, 'hex');
}

/** @param wallMs see {@link BoardEvent.wallMs} @returns 14 digits, from the year to the second */
export function wallDigits(wallMs: number): string {
  return new Date(wallMs).toISOString().replaceAll(/\D/g, '').slice(0, 14);
}

function wallMsOf(digits: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];
  return wallTimeOf({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  });
}
