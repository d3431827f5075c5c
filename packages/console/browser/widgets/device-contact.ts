import type { DeviceContact, UnpairedDevice } from '@swipegate/contract';
import { button, element } from './element.js';

/** Devices call every minute or more often. */
const SILENT_MS = 5 * 60_000;
/** A clock that is off by more is a fault: schedules and the order of swipes go wrong. */
const CLOCK_OFF_MS = 60_000;

/** Draws whether a device calls, when it did last, and what it told of itself; warns of a clock that is off. */
export function deviceContact(contact: Partial<DeviceContact>): HTMLElement {
  const { lastSeen, address, model, firmware, clockOffsetMs = 0 } = contact;
  const about = [model, firmware, address].filter((text) => text !== undefined).join(', ');
  const note = about === '' ? undefined : element('div', { class: 'note' }, about);
  if (lastSeen === undefined) return element('div', {}, dot('never called', ''), note);
  const isSilent = Date.now() - Date.parse(lastSeen) > SILENT_MS;
  const isOff = Math.abs(clockOffsetMs) > CLOCK_OFF_MS;
  return element(
    'div',
    {},
    dot(isSilent ? 'silent' : 'calls', isSilent ? 'bad' : isOff ? 'warn' : 'good'),
    ' ',
    element('time', { datetime: lastSeen, title: lastSeen }, ago(lastSeen)),
    note,
    isOff
      ? element(
          'div',
          { class: 'caution wrap' },
          `Its clock is ${clockWords(clockOffsetMs)}. Set it, or correct its time zone.`,
        )
      : undefined,
  );
}

function dot(text: string, kind: 'good' | 'warn' | 'bad' | ''): HTMLElement {
  return element('span', { class: `badge ${kind}`.trim() }, element('span', { 'aria-hidden': 'true' }, '● '), text);
}

/** Draws the devices that want to pair. @param pair opens the form; undefined if the user may not change devices */
export function unpairedDevices(
  devices: readonly UnpairedDevice[],
  labelOf: (device: UnpairedDevice) => string,
  pair: ((device: UnpairedDevice) => void) | undefined,
): HTMLElement {
  return element(
    'section',
    { 'aria-label': 'Devices that want to pair' },
    element('h2', {}, 'Want to pair'),
    element(
      'p',
      { class: 'note' },
      'Devices that called in the last 24 hours with a serial number that is not registered. They are refused until you pair them.',
    ),
    devices.length === 0
      ? element(
          'p',
          { class: 'soft' },
          'None. A ZKTeco device shows up here once its menu has the address of the device port. Control iD, Dahua and Hikvision devices have nothing to pair: add the device and issue a key for its path. Calls with an unknown key are refused and counted.',
        )
      : element(
          'ul',
          { class: 'plain' },
          devices.map((device) => unpairedLine(device, labelOf(device), pair)),
        ),
  );
}

function unpairedLine(
  device: UnpairedDevice,
  make: string,
  pair: ((device: UnpairedDevice) => void) | undefined,
): HTMLElement {
  const { serial, address, model, firmware, lastSeen, requests } = device;
  const about = [model, firmware, address === undefined ? undefined : `from ${address}`].filter(
    (text) => text !== undefined,
  );
  const when = element('time', { datetime: lastSeen, title: lastSeen }, ago(lastSeen));
  const refused = `${requests} ${requests === 1 ? 'request' : 'requests'} refused`;
  return element(
    'li',
    { class: 'card', 'data-unpaired': serial },
    element('p', {}, element('strong', {}, `${make} ${serial}`), ' wants to pair, ', when),
    element('p', { class: 'note' }, [...about, refused].join(', ')),
    pair === undefined ? undefined : button('Pair', () => pair(device), { 'aria-label': `Pair ${serial}` }),
  );
}

/** Words for a time that has passed, such as `3 min ago`. @param time RFC 3339 */
export function ago(time: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 2 * 86_400 ? `${Math.floor(seconds / 3_600)} h ago` : `${Math.floor(seconds / 86_400)} days ago`;
}

function clockWords(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const words = [hours === 0 ? '' : `${hours} h`, rest === 0 && hours > 0 ? '' : `${rest} min`]
    .filter(Boolean)
    .join(' ');
  return `${words} ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}
