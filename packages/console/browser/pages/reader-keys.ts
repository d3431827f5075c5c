import type { ChangeStatus } from '@swipegate/contract';
import { path } from '../api/api.js';
import { ChangeTracker } from '../widgets/change-tracker.js';
import { showOnce } from '../widgets/dialog.js';
import { button, buttonRow, element, link, say, timeElement } from '../widgets/element.js';
import { numberField } from '../widgets/fields.js';
import { type Column, Table } from '../widgets/table.js';
import { hashOf, type Page } from './page.js';

interface ReaderKey {
  keyId: string;
  issuedAt?: string;
  notAfter?: string;
}

/** Answer to the issue of a key, the only one that contains the key. */
type IssuedKey = ChangeStatus & { keyId: string; key: string };

const DEFAULT_OVERLAP_HOURS = 24;
const MAX_OVERLAP_HOURS = 720;

/** Keys of a reader: their ids and expiry. */
export const readerKeysPage: Page = async (context) => {
  const { api, params, signal, may } = context;
  const readerId = params['readerId'] ?? '';
  const tracker = new ChangeTracker(api, signal);
  const wrong = element('div');
  const columns: Column<ReaderKey>[] = [
    { title: 'Key', cell: ({ keyId }) => keyId },
    { title: 'Issued', cell: ({ issuedAt }) => timeElement(issuedAt) },
    { title: 'Valid until', cell: ({ notAfter }) => (notAfter === undefined ? 'no expiry' : timeElement(notAfter)) },
  ];
  if (may('keys.write')) {
    columns.push({
      title: 'Actions',
      cell: ({ keyId }) =>
        button('Revoke', () => void revoke(keyId), { class: 'quiet', 'aria-label': `Revoke ${keyId}` }),
    });
  }
  const empty = 'No keys issued here. Keys added to the table by other means are not listed.';
  const table = new Table<ReaderKey>(`Keys of ${readerId}`, columns, empty);
  const draw = async () => {
    const { items } = await api.get<{ items: ReaderKey[] }>(path('readers', readerId, 'keys'), { signal });
    table.show(items);
  };
  const settled = () => void draw().catch((error) => context.complain(wrong, error, settled));
  const revoke = (keyId: string) =>
    tracker.ask({
      title: `Revoke ${keyId}`,
      text: 'Gateways refuse the reader as soon as they look the key up again. Issue a new key first.',
      submitLabel: 'Revoke',
      isDanger: true,
      request: (why) => ({ method: 'DELETE', path: path('readers', readerId, 'keys', keyId), query: { why } }),
      settled,
    });
  await draw();
  return {
    title: `Keys of ${readerId}`,
    content: [
      element('p', {}, link('Back to the site', hashOf('site'))),
      may('keys.write')
        ? buttonRow(button('Issue a new key', () => void askKey(tracker, readerId, settled), { class: 'primary' }))
        : undefined,
      wrong,
      tracker.element,
      table.element,
    ],
  };
};

function askKey(tracker: ChangeTracker, readerId: string, settled: () => void): Promise<void> {
  const overlap = numberField({
    name: 'overlapHours',
    label: 'Overlap (hours)',
    hint: 'How long the reader’s current keys stay valid alongside the new key.',
    value: DEFAULT_OVERLAP_HOURS,
    min: 0,
    max: MAX_OVERLAP_HOURS,
  });
  return tracker.ask<IssuedKey>({
    title: `Issue a key for ${readerId}`,
    text: 'The key is shown only once. Only its hash is stored.',
    fields: [overlap],
    submitLabel: 'Issue key',
    request: (why) => ({
      method: 'POST',
      path: path('readers', readerId, 'keys'),
      body: { overlapHours: overlap.read(), why },
    }),
    // Show the key before the change is applied: it cannot be read later.
    accepted: ({ key }) => showOnce(`New key for ${readerId}`, keyContent(key), 'I have saved it'),
    progressTitle: () => `New key for ${readerId}`,
    settled,
  });
}

function keyContent(key: string): HTMLElement {
  const copied = element('p', { class: 'note', role: 'status' });
  const copy = () => {
    navigator.clipboard.writeText(key).then(
      () => say(copied, 'Copied.'),
      () => say(copied, 'The browser does not let this page copy. Select the key and copy it yourself.'),
    );
  };
  const code = element('code', { tabindex: '0', 'aria-label': 'Key' }, key);
  return element(
    'div',
    {},
    element('p', {}, 'Enter the key in the reader now. It is not shown again.'),
    element('p', { class: 'secret' }, code, button('Copy', copy)),
    copied,
  );
}
