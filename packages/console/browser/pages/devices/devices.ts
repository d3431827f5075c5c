import type {
  ChangeStatus,
  Device,
  DeviceContact,
  Reader,
  UnpairedDevice,
  UnpairedDeviceList,
} from '@swipegate/contract';
import { path } from '../../api/api.js';
import { ChangeTracker } from '../../widgets/change-tracker.js';
import { choiceField } from '../../widgets/choices.js';
import { deviceContact, unpairedDevices } from '../../widgets/device-contact.js';
import { doorList } from '../../widgets/door-list.js';
import { button, type Child, element, fill } from '../../widgets/element.js';
import { numberField, show, textField } from '../../widgets/fields.js';
import { showKeys } from '../../widgets/secret.js';
import { type Column, Table } from '../../widgets/table.js';
import { timeZoneField } from '../../widgets/time-zone-field.js';
import type { Page, PageContext } from '../page.js';
import { DeviceCommands } from './device-commands.js';

/** An entry of GET /v1/devices. */
type ListedDevice = Device & Partial<DeviceContact> & { version: string; keys: ListedKey[] };
interface ListedKey {
  keyId: string;
  issuedAt?: string;
  notAfter?: string;
}
type IssuedKey = ChangeStatus & { keyId: string; key: string };

const MAKES: Readonly<Record<Device['make'], { label: string; note: string }>> = {
  zkteco: { label: 'ZKTeco', note: 'And makes that sell it under their name. It is known by its serial number.' },
  'control-id': { label: 'Control iD', note: 'It is known by a key in its server path.' },
  dahua: { label: 'Dahua, Intelbras', note: 'It is known by a key in its upload path.' },
  hikvision: { label: 'Hikvision', note: 'It is known by a key in the URL of its HTTP listening.' },
  uhppote: { label: 'UHPPOTE', note: 'The reader bridge has its key and speaks with it.' },
  mqtt: { label: 'MQTT reader', note: 'The reader bridge has its key and hears it at the broker.' },
};
const DEFAULT_OVERLAP_HOURS = 24;
const MAX_OVERLAP_HOURS = 720;

/** Terminals and controllers that speak a protocol of their own, and which of their doors are which readers. */
export const devicesPage: Page = async (context) => {
  const { api, signal, may } = context;
  const tracker = new ChangeTracker(api, signal, { isSeries: true });
  const commands = new DeviceCommands(context);
  const wrong = element('div');
  const parts = element('div');
  const settled = () => void draw().catch((error) => context.complain(wrong, error, settled));
  const draw = async () => {
    const [devices, unpaired, readers] = await Promise.all([
      api.get<{ items: ListedDevice[] }>(path('devices'), { signal }),
      api.get<UnpairedDeviceList>(path('devices', 'unpaired'), { signal }),
      api.get<{ items: Reader[] }>(path('readers'), { signal }),
    ]);
    const editing = { tracker, readers: readers.items, settled };
    fill(
      parts,
      element(
        'div',
        { class: 'bar' },
        element(
          'p',
          {},
          'Terminals that call the device port of a gateway. A device counts its doors; here each door gets the readers that stand for it.',
        ),
        may('site.write') && readers.items.length > 0
          ? button('Add a device', () => void askDevice(editing), { class: 'primary' })
          : undefined,
      ),
      readers.items.length === 0
        ? element('p', { class: 'note' }, 'Add a door on the page Site first: a device needs its readers.')
        : undefined,
      devicesTable(context, editing, commands, devices.items),
      unpairedDevices(
        unpaired.items,
        ({ make }) => MAKES[make].label,
        may('site.write') && readers.items.length > 0
          ? (device) => void askDevice(editing, undefined, device)
          : undefined,
      ),
    );
  };
  await draw();
  return { title: 'Devices', content: [wrong, tracker.element, commands.element, parts] };
};

interface Editing {
  tracker: ChangeTracker;
  readers: readonly Reader[];
  settled(): void;
}

/** @param device undefined for a new one @param found a device that wants to pair: its make and serial number */
function askDevice(
  { tracker, readers, settled }: Editing,
  device?: ListedDevice,
  found?: UnpairedDevice,
): Promise<void> {
  const id = textField({
    name: 'deviceId',
    label: 'Device id',
    hint: 'Its name in all lists, such as lobby-terminal. Cannot be changed later. Letters, digits and . _ : -',
    maxLength: 64,
  });
  const make = choiceField({
    name: 'make',
    label: 'Make',
    options: Object.entries(MAKES).map(([value, texts]) => ({ value, ...texts })),
    value: device?.make ?? found?.make ?? 'zkteco',
  });
  const serial = textField({
    name: 'serial',
    label: 'Serial number',
    hint: 'On its label, or in its menu under System information.',
    value: device?.serial ?? found?.serial ?? '',
    maxLength: 64,
  });
  const doors = doorList({
    name: 'doors',
    label: 'Doors',
    hint: 'Most terminals have one door, with the number 1. Dahua counts from 0.',
    value: device?.doors ?? [],
    readers: readers.map(({ readerId, door }) => ({ value: readerId, label: `${readerId} (${door})` })),
  });
  const timeZone = timeZoneField({
    label: 'Time zone of its clock',
    hint: 'A zone such as Europe/Berlin, or its city, such as Berlin.',
    value: device?.timeZone,
  });
  const networks = textField({
    name: 'networks',
    label: 'May connect from',
    hint: 'Addresses and networks, separated by commas, such as 192.168.1.20. Empty: from anywhere the device port allows.',
    isOptional: true,
    value: device?.networks?.join(', ') ?? '',
  });
  const showSerial = () => show(serial, make.read() === 'zkteco');
  make.element.addEventListener('change', showSerial);
  showSerial();
  return tracker.ask({
    title:
      found === undefined
        ? device === undefined
          ? 'Add a device'
          : `Edit ${device.deviceId}`
        : `Pair ${found.serial}`,
    fields: [...(device === undefined ? [id] : []), make, serial, doors, timeZone, networks],
    submitLabel: found === undefined ? (device === undefined ? 'Add device' : 'Save') : 'Pair device',
    request: (why) => ({
      method: 'PUT',
      path: path('devices', device?.deviceId ?? id.read() ?? ''),
      body: {
        make: make.read(),
        serial: make.read() === 'zkteco' ? serial.read() : undefined,
        doors: doors.read(),
        timeZone: timeZone.read(),
        networks: networks.read()?.split(/[\s,]+/),
        why,
      },
      expects: device?.version ?? 'absent',
    }),
    progressTitle: () => `Device ${device?.deviceId ?? id.read() ?? ''}`,
    settled,
  });
}

function askDeviceKey({ tracker, settled }: Editing, { deviceId, keys }: ListedDevice): Promise<void> {
  const overlap = numberField({
    name: 'overlapHours',
    label: 'Overlap (hours)',
    hint: 'How long the device’s current keys stay valid alongside the new key.',
    value: DEFAULT_OVERLAP_HOURS,
    min: 0,
    max: MAX_OVERLAP_HOURS,
  });
  return tracker.ask<IssuedKey>({
    title: `Issue a key for ${deviceId}`,
    text: 'The key goes into the URL that the device calls. It is shown only once. Only its hash is stored.',
    fields: keys.length === 0 ? [] : [overlap],
    submitLabel: 'Issue key',
    request: (why) => ({
      method: 'POST',
      path: path('devices', deviceId, 'keys'),
      body: { overlapHours: keys.length === 0 ? 0 : overlap.read(), why },
    }),
    // Show the key before the change is applied: it cannot be read later.
    accepted: ({ key }) =>
      showKeys(`New key for ${deviceId}`, 'Enter the key in the device’s path now. It is not shown again.', [
        { of: deviceId, key },
      ]),
    progressTitle: () => `New key for ${deviceId}`,
    settled,
  });
}

function devicesTable(
  { may }: PageContext,
  editing: Editing,
  commands: DeviceCommands,
  devices: readonly ListedDevice[],
): HTMLElement {
  const remove = ({ deviceId, version }: ListedDevice) =>
    editing.tracker.ask({
      title: `Remove ${deviceId}`,
      text: 'The gateway refuses the device, and its keys end. Its readers stay.',
      submitLabel: 'Remove',
      isDanger: true,
      request: (why) => ({ method: 'DELETE', path: path('devices', deviceId), query: { why }, expects: version }),
      settled: editing.settled,
    });
  const columns: Column<ListedDevice>[] = [
    { title: 'Device', cell: ({ deviceId }) => deviceId },
    { title: 'Make', cell: ({ make }) => MAKES[make].label },
    { title: 'State', cell: deviceContact },
    { title: 'Known by', cell: (device) => knownBy(editing, device, may('keys.write')) },
    {
      title: 'Doors',
      cell: ({ doors }) =>
        doors.map((each) => element('div', {}, `${each.door}: ${[each.in, each.out].filter(Boolean).join(', ')}`)),
    },
    {
      title: 'Commands',
      cell: (device) => element('span', { class: 'row-actions' }, commands.buttons(device)),
    },
  ];
  if (may('site.write')) {
    columns.push({
      title: 'Actions',
      cell: (device) => {
        const { deviceId, make } = device;
        const action = (label: string, run: () => Promise<void>, aria = `${label} ${deviceId}`) =>
          button(label, () => void run(), { class: 'quiet', 'aria-label': aria });
        return element(
          'span',
          { class: 'row-actions' },
          action('Edit', () => askDevice(editing, device)),
          make === 'zkteco'
            ? undefined
            : action('Issue a key', () => askDeviceKey(editing, device), `Issue a key for ${deviceId}`),
          action('Remove', () => remove(device)),
        );
      },
    });
  }
  const table = new Table('Devices', columns, 'None yet. Readers that post to the API or the hook need no device.');
  table.show(devices);
  return table.element;
}

/** Draws the serial number and the keys of a device, each with a button that revokes it. */
function knownBy(editing: Editing, { deviceId, serial, keys }: ListedDevice, mayRevoke: boolean): Child {
  if (keys.length === 0) return serial ?? 'no key yet';
  const revoke = (keyId: string) =>
    editing.tracker.ask({
      title: `Revoke a key of ${deviceId}`,
      text: `Calls with the key ${keyId} are refused, within a minute. The device’s other keys stay.`,
      submitLabel: 'Revoke key',
      isDanger: true,
      request: (why) => ({ method: 'DELETE', path: path('devices', deviceId, 'keys', keyId), query: { why } }),
      settled: editing.settled,
    });
  return [
    serial === undefined ? undefined : element('div', {}, serial),
    keys.map(({ keyId, issuedAt, notAfter }) =>
      element(
        'div',
        {},
        `a key${issuedAt === undefined ? '' : ` of ${issuedAt.slice(0, 10)}`}${notAfter === undefined ? '' : `, until ${notAfter.slice(0, 16).replace('T', ' ')} UTC`} `,
        mayRevoke
          ? button('Revoke', () => void revoke(keyId), {
              class: 'quiet',
              'aria-label': `Revoke ${keyId} of ${deviceId}`,
            })
          : undefined,
      ),
    ),
  ];
}
