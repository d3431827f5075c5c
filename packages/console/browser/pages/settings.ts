import type { CardNumbers, ChangeStatus, OperatorKey, Tenant } from '@swipegate/contract';
import { path } from '../api/api.js';
import { ChangeTracker } from '../widgets/change-tracker.js';
import { choiceField } from '../widgets/choices.js';
import { button, buttonRow, element, fill, timeElement } from '../widgets/element.js';
import { textField, timeField } from '../widgets/fields.js';
import { showKeys } from '../widgets/secret.js';
import { type Column, Table } from '../widgets/table.js';
import type { Page, PageContext } from './page.js';

/** Answer of GET /v1/tenant. Without a version, nobody has changed the settings yet. */
type Settings = Tenant & { version?: string };
type IssuedKey = ChangeStatus & { keyId: string; key: string };

const FORMS: Readonly<Record<CardNumbers, { label: string; note: string }>> = {
  full: {
    label: 'All of the number',
    note: 'Each card has its whole number, so no two cards are the same. Choose this if all readers send the whole number of a card.',
  },
  'wiegand-26': {
    label: 'The 26-bit number',
    note: 'Only the last 24 bits of a number count. Choose this if some readers send 26 bits (facility and number) and others the whole number of the same cards. Two cards can then have the same number, though rarely.',
  },
};

/** Settings of the tenant and its operators’ keys. */
export const settingsPage: Page = async (context) => {
  const { api, signal, may } = context;
  const tracker = new ChangeTracker(api, signal);
  const wrong = element('div');
  const parts = element('div');
  const settled = () => void draw().catch((error) => context.complain(wrong, error, settled));
  const draw = async () => {
    const [settings, keys] = await Promise.all([
      api.get<Settings>('/v1/tenant', { signal }),
      api.get<{ items: OperatorKey[] }>('/v1/operator-keys', { signal }),
    ]);
    fill(
      parts,
      element(
        'section',
        {},
        element('div', { class: 'bar' }, element('h2', {}, 'Organisation')),
        element(
          'dl',
          { class: 'facts' },
          element('div', {}, element('dt', {}, 'Name'), element('dd', {}, settings.name)),
          element('div', {}, element('dt', {}, 'Id'), element('dd', {}, settings.tenantId)),
          element('div', {}, element('dt', {}, 'Card numbers'), element('dd', {}, FORMS[settings.cardNumbers].label)),
        ),
        may('tenant.write') ? buttonRow(button('Edit', () => void askSettings(tracker, settings, settled))) : undefined,
      ),
      element(
        'section',
        {},
        element(
          'div',
          { class: 'bar' },
          element('h2', {}, 'Operators’ keys'),
          may('operator-keys.write') ? button('Issue a key', () => void askOperatorKey(tracker, settled)) : undefined,
        ),
        element(
          'p',
          {},
          'Programs and guards’ desks use these keys at the gateway. Such a key reads all swipes, alarms and people inside, and may forgive a second entry (anti-passback). It changes nothing of the site.',
        ),
        keysTable(context, tracker, keys.items, settled),
      ),
    );
  };
  await draw();
  return { title: 'Settings', content: [wrong, tracker.element, parts] };
};

function askSettings(tracker: ChangeTracker, settings: Settings, settled: () => void): Promise<void> {
  const name = textField({ name: 'name', label: 'Name', value: settings.name, maxLength: 128 });
  const cardNumbers = choiceField({
    name: 'cardNumbers',
    label: 'Form of card numbers',
    hint: 'For readers with a card format: the form in which the number of a card is kept. It can change only while all readers have the card format “As sent”; the cards are linked again under their new numbers afterwards.',
    options: Object.entries(FORMS).map(([value, texts]) => ({ value, ...texts })),
    value: settings.cardNumbers,
  });
  return tracker.ask({
    title: 'Edit the settings',
    fields: [name, cardNumbers],
    submitLabel: 'Save',
    request: (why) => ({
      method: 'PUT',
      path: path('tenant'),
      // The page does not change the threat levels, and a save must not remove them.
      body: { name: name.read(), cardNumbers: cardNumbers.read(), threatLevels: settings.threatLevels, why },
      expects: settings.version ?? 'absent',
    }),
    settled,
  });
}

function askOperatorKey(tracker: ChangeTracker, settled: () => void): Promise<void> {
  const name = textField({
    name: 'name',
    label: 'Used by',
    hint: 'The program or the desk, such as Guards’ desk north.',
    maxLength: 128,
  });
  const notAfter = timeField({ name: 'notAfter', label: 'Valid until' });
  return tracker.ask<IssuedKey>({
    title: 'Issue an operator’s key',
    text: 'The key is shown only once. Only its hash is stored.',
    fields: [name, notAfter],
    submitLabel: 'Issue key',
    request: (why) => ({
      method: 'POST',
      path: path('operator-keys'),
      body: { name: name.read(), notAfter: notAfter.read(), why },
    }),
    // Show the key before the change is applied: it cannot be read later.
    accepted: ({ key }) =>
      showKeys(`New key for ${name.read() ?? ''}`, 'Enter the key in the program now. It is not shown again.', [
        { of: name.read() ?? '', key },
      ]),
    progressTitle: () => `New key for ${name.read() ?? ''}`,
    settled,
  });
}

function keysTable(
  { may }: PageContext,
  tracker: ChangeTracker,
  keys: readonly OperatorKey[],
  settled: () => void,
): HTMLElement {
  const revoke = ({ keyId, name }: OperatorKey) =>
    tracker.ask({
      title: `Revoke the key of ${name}`,
      text: 'Gateways refuse it as soon as they look it up again.',
      submitLabel: 'Revoke',
      isDanger: true,
      request: (why) => ({ method: 'DELETE', path: path('operator-keys', keyId), query: { why } }),
      settled,
    });
  const columns: Column<OperatorKey>[] = [
    { title: 'Used by', cell: ({ name }) => name },
    { title: 'Key', cell: ({ keyId }) => keyId },
    { title: 'Issued', cell: ({ issuedAt }) => timeElement(issuedAt) },
    { title: 'Valid until', cell: ({ notAfter }) => (notAfter === undefined ? 'no expiry' : timeElement(notAfter)) },
  ];
  if (may('operator-keys.write')) {
    columns.push({
      title: 'Actions',
      cell: (key) =>
        button('Revoke', () => void revoke(key), { class: 'quiet', 'aria-label': `Revoke the key of ${key.name}` }),
    });
  }
  const table = new Table('Operators’ keys', columns, 'No keys issued here.');
  table.show(keys);
  return table.element;
}
