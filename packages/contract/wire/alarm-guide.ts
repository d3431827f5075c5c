import type { AlarmType } from './door-event.js';

/** Name of each type of alarm, and what a guard does about it. */
export const ALARM_GUIDE: Readonly<Record<AlarmType, { title: string; todo: string }>> = {
  'forced-open': {
    title: 'Door forced open',
    todo: 'Look at the door, by camera or with a second guard. Close and lock it. Look for people who came in.',
  },
  'door-open-too-long': {
    title: 'Door held open',
    todo: 'Go to the door, take away what holds it, and see that it closes and locks.',
  },
  tamper: {
    title: 'Reader opened',
    todo: 'Look at the reader: its housing is open or loose. Watch the door until the reader is closed and checked.',
  },
  'mains-lost': {
    title: 'Mains power lost',
    todo: 'Check the fuse and the power supply. The device runs on its battery, for hours at most.',
  },
  'battery-low': {
    title: 'Battery low',
    todo: 'Change the battery soon. Until then check that the door locks.',
  },
  fire: {
    title: 'Fire',
    todo: 'Follow the fire plan. Doors of escape routes are open: open the muster list and count people outside.',
  },
  'duress-code': {
    title: 'Duress code typed',
    todo: 'Somebody is forced to open the door. Do not call out or use the door’s intercom. Call the police at once.',
  },
  duress: {
    title: 'Duress sign',
    todo: 'The cardholder is forced to enter. Do not call out or stop them at the door. Call the police at once.',
  },
  trace: {
    title: 'Traced card shown',
    todo: 'Find the person by the reader and the camera. The reader shows nothing: do not name the trace to them.',
  },
  'clock-wrong': {
    title: 'Clock of a reader wrong',
    todo: 'Set the reader’s clock: page Devices, command “set clock”. Swipes count by the gateway’s clock until then.',
  },
  'row-unreadable': {
    title: 'Stored row unreadable',
    todo: 'Call the person who runs Swipegate: the log of the decision function names the row.',
  },
};
