import { namesIn } from '../values/names-in.js';
import type { DeviceMake } from './device.js';

// Without Node's modules: the console's page has it, too.

/** Commands to devices. */
export const DEVICE_COMMANDS = {
  open: 'opens the door once, as for a granted swipe',
  'hold-open': 'keeps the door open until the next command',
  lock: 'keeps the door shut, for granted cards too',
  normal: 'ends hold-open and lock',
  'set-clock': 'sets the clock of the device to the local time of its zone',
} as const;

type CommandName = keyof typeof DEVICE_COMMANDS;

const ALL: readonly CommandName[] = namesIn(DEVICE_COMMANDS);

/** Commands that the devices of each make take. */
export const COMMANDS_OF_MAKE: Readonly<Record<DeviceMake, readonly CommandName[]>> = {
  zkteco: ALL,
  'control-id': ALL,
  dahua: [],
  hikvision: ALL,
  uhppote: ALL,
  mqtt: [],
};
