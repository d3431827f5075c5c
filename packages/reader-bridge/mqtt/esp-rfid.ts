import type { DoorEventType } from '@swipegate/contract';
import { objectIn, type Said, textOf } from './message.js';

/** States of a card that the device lets in. */
const GRANTED: ReadonlySet<string> = new Set(['always', 'admin']);

/** Log messages by their source and the start of their text. */
const EVENTS: readonly [source: string, text: string, type: DoorEventType][] = [
  ['door', 'Door Open', 'door-opened'],
  ['door', 'Door Closed', 'door-closed'],
  ['tamper', 'Door was tampered', 'tamper'],
  ['tamper', "Door wasn't closed", 'door-open-too-long'],
];

/** Topics to which a device with this base topic sends: version 1.3 uses the base itself. */
export function espRfidTopics(base: string): string[] {
  return [base, `${base}/send`];
}

/** Reads a message of the firmware esp-rfid. @returns undefined if it means nothing here */
export function espRfidMessage(text: string): Said | undefined {
  const message = objectIn(text);
  if (message === undefined) return undefined;
  const { type, uid, access, src, desc, ip } = message;
  // The hostname is missing in version 1.3, where one topic is of one device.
  const door = textOf(message['hostname']) ?? textOf(message['door']);
  const mark = markOf(message);
  switch (type) {
    case 'access': {
      const card = textOf(uid);
      // Its own command opened the door, and no card.
      if (card === undefined || message['username'] === 'MQTT') return undefined;
      const isGranted = GRANTED.has(String(access).toLowerCase());
      return { kind: 'card', door, card, direction: 'in', outcome: isGranted ? 'granted' : 'denied', mark };
    }
    case 'boot':
    case 'heartbeat':
      return { kind: 'alive', door, address: textOf(ip) };
    case 'INFO':
    case 'WARN': {
      const found = EVENTS.find(([source, start]) => src === source && String(desc).startsWith(start));
      return found && { kind: 'door-event', door, type: found[2], mark };
    }
    default:
      return undefined;
  }
}

/** Opens the door of one device. @param address at which the device is: all devices of a topic hear the command */
export function espRfidOpen(address: string): string {
  return JSON.stringify({ cmd: 'opendoor', doorip: address });
}

/** Time of a message. Before the clock is set, it says a time of 1970. */
function markOf({ time }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof time === 'number' && time > 1_500_000_000 ? String(time) : undefined;
}
