import type { ChangeStatus, Device, DeviceCommand, DeviceCommandName } from '@swipegate/contract';
import { COMMANDS_OF_MAKE, DEVICE_COMMANDS } from '@swipegate/contract/tables/command-names';
import { type Api, ApiError, IdempotencyKey, isAborted, messageOf, path } from '../../api/api.js';
import { choiceField } from '../../widgets/choices.js';
import { askForm, showNotice } from '../../widgets/dialog.js';
import { badge, button, element, fill, say, timeElement } from '../../widgets/element.js';
import { selectField, show, whyField } from '../../widgets/fields.js';
import { Table } from '../../widgets/table.js';
import type { PageContext } from '../page.js';

const LABELS: Readonly<Record<DeviceCommandName, string>> = {
  open: 'Open once',
  'hold-open': 'Hold open',
  lock: 'Lock',
  normal: 'Back to normal',
  'set-clock': 'Set clock',
};
const TONES: Readonly<Record<DeviceCommand['state'], 'good' | 'bad' | 'none'>> = {
  waiting: 'none',
  sent: 'none',
  done: 'good',
  failed: 'bad',
  expired: 'bad',
};
const SENTENCES: Readonly<Record<DeviceCommand['state'], string>> = {
  waiting: 'Waiting for the device to ask…',
  sent: 'The device has it. Waiting for its answer…',
  done: 'Done.',
  failed: 'Failed.',
  expired: 'Expired: the device did not ask in time. Nothing happened.',
};
const POLL_MS = 700;

type Commanded = Pick<Device, 'deviceId' | 'make' | 'doors'>;

/** Commands to devices, and their progress until they are done, failed or expired. */
export class DeviceCommands {
  /** A page keeps this container when it redraws. */
  readonly element = element('section', { class: 'tracker', 'aria-label': 'Commands in progress' });
  readonly #api: Api;
  readonly #signal: AbortSignal;
  readonly #may: boolean;
  #lastWhy = '';

  constructor({ api, signal, may }: PageContext) {
    this.#api = api;
    this.#signal = signal;
    this.#may = may('doors.command');
  }

  /** Buttons for a device; none if its make takes no commands. */
  buttons(device: Commanded): HTMLElement[] {
    const { deviceId, make } = device;
    if (COMMANDS_OF_MAKE[make].length === 0) return [];
    const act = (label: string, run: () => Promise<void>, aria: string) =>
      button(label, () => void run(), { class: 'quiet', 'aria-label': aria });
    const latest = act('Latest commands', () => this.#showLatest(deviceId), `Latest commands to ${deviceId}`);
    if (!this.#may) return [latest];
    return [
      act('Open once', () => this.#ask(device, 'open'), `Open a door of ${deviceId} once`),
      act('Command', () => this.#ask(device), `Command ${deviceId}`),
      latest,
    ];
  }

  /** @param only the command; undefined: the user chooses */
  async #ask({ deviceId, make, doors }: Commanded, only?: DeviceCommandName): Promise<void> {
    const options = COMMANDS_OF_MAKE[make].map((value) => ({
      value,
      label: LABELS[value],
      note: `${DEVICE_COMMANDS[value][0]?.toUpperCase()}${DEVICE_COMMANDS[value].slice(1)}.`,
    }));
    const command = choiceField({ name: 'command', label: 'Command', options, value: only ?? 'open' });
    const door = selectField({
      name: 'door',
      label: 'Door',
      options: doors.map((each) => ({
        value: String(each.door),
        label: `${each.door}: ${[each.in, each.out].filter(Boolean).join(', ')}`,
      })),
      value: String(doors[0]?.door ?? ''),
    });
    const isOfDoor = () => (only ?? command.read()) !== 'set-clock';
    const showDoor = () => show(door, isOfDoor() && doors.length > 1);
    command.element.addEventListener('change', showDoor);
    showDoor();
    const why = whyField(this.#lastWhy);
    const key = new IdempotencyKey();
    const sent = await askForm({
      title: only === undefined ? `Command ${deviceId}` : `${LABELS[only]}: ${deviceId}`,
      fields: [...(only === undefined ? [command] : []), door, why],
      submitLabel: only === undefined ? 'Send command' : LABELS[only],
      submit: () => {
        const body = {
          command: only ?? command.read(),
          door: isOfDoor() ? Number(door.read()) : undefined,
          why: why.read(),
        };
        const request = { method: 'POST', path: path('devices', deviceId, 'commands'), body } as const;
        return this.#api.change<ChangeStatus>({ ...request, idempotencyKey: key.for(request) });
      },
    });
    if (sent === undefined) return;
    this.#lastWhy = why.read();
    const { content, changeId } = sent;
    if (content.type !== 'command-device') return;
    const ofDoor = content.door === undefined ? '' : `, door ${content.door}`;
    await this.#follow(deviceId, changeId, `${LABELS[content.command]}: ${deviceId}${ofDoor}`);
  }

  /** Shows a command until it is done, failed or expired. */
  async #follow(deviceId: string, commandId: string, title: string): Promise<void> {
    const status = element('p', { role: 'status' });
    const row = element('article', { class: 'card change', tabindex: '-1', 'data-command': commandId });
    fill(row, element('h3', {}, title), status);
    this.element.prepend(row);
    row.focus();
    say(status, SENTENCES.waiting);
    while (!this.#signal.aborted) {
      try {
        const { items } = await this.#list(deviceId);
        const found = items.find((each) => each.commandId === commandId);
        if (found !== undefined) {
          const { state, detail } = found;
          row.dataset['state'] = state;
          say(status, state === 'failed' && detail !== undefined ? `Failed. ${detail}` : SENTENCES[state]);
          if (state !== 'waiting' && state !== 'sent') break;
        }
      } catch (error) {
        if (isAborted(error)) return;
        if (!(error instanceof ApiError && error.isPassing)) {
          say(status, `The state of the command cannot be read: ${messageOf(error)}`);
          break;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    row.append(button('Dismiss', () => row.remove(), { class: 'quiet', 'aria-label': `Dismiss: ${title}` }));
  }

  async #showLatest(deviceId: string): Promise<void> {
    const table = new Table<DeviceCommand>(
      `Commands to ${deviceId}`,
      [
        { title: 'Asked for', cell: ({ at }) => timeElement(at) },
        { title: 'Command', cell: ({ command }) => LABELS[command] },
        { title: 'Door', cell: ({ door }) => (door === undefined ? '' : String(door)) },
        { title: 'By', cell: ({ by }) => by.userName },
        { title: 'Why', cell: ({ why }) => why },
        { title: 'State', cell: ({ state, detail = '' }) => [badge(state, TONES[state]), ` ${detail}`] },
      ],
      'None in the last 30 days.',
    );
    const title = `Latest commands to ${deviceId}`;
    try {
      table.show((await this.#list(deviceId)).items);
    } catch (error) {
      if (!isAborted(error)) await showNotice(title, element('p', {}, messageOf(error)));
      return;
    }
    await showNotice(title, table.element);
  }

  #list(deviceId: string): Promise<{ items: DeviceCommand[] }> {
    return this.#api.get(path('devices', deviceId, 'commands'), { signal: this.#signal });
  }
}
