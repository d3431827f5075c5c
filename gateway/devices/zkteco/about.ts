import type { Told } from '../contacts.js';
import { type Fields, firstField } from '../field.js';

export const ACCESS_CONTROLLER = 'access controller';

/** Kind of a device, as its handshake says; undefined in other requests. */
export function kindOf(query: Fields): typeof ACCESS_CONTROLLER | 'time clock' | undefined {
  const type = firstField(query, ['devicetype'])?.toLowerCase();
  const version = firstField(query, ['pushver']);
  if (type === 'acc' || version?.startsWith('3')) return ACCESS_CONTROLLER;
  return type === undefined && version === undefined ? undefined : 'time clock';
}

/** Firmware in a poll: the first part of INFO, before counts of users and the like. */
export function firmwareOf(query: Fields): string | undefined {
  return firstField(query, ['info'])?.split(',')[0];
}

/** Registrations and options are short. */
const MOST_CHARACTERS = 8_192;

const MODEL = /(?:^|[,\t\r\n])\s*~?DeviceName=([^,\t\r\n]+)/i;
const FIRMWARE = /(?:^|[,\t\r\n])\s*~?FirmVer=([^,\t\r\n]+)/i;

/** Reads what a device says of itself when it registers, such as `DeviceType=acc,~DeviceName=F20/M,FirmVer=Ver 8.0.1.3`. */
export function describedIn(text: string): Told {
  const described = text.slice(0, MOST_CHARACTERS);
  return { model: MODEL.exec(described)?.[1], firmware: FIRMWARE.exec(described)?.[1] };
}
