import type { ChangeStatus } from '@swipegate/contract';
import { path } from '../../api/api.js';
import type { ChangeTracker } from '../../widgets/change-tracker.js';
import { button, element, timeElement } from '../../widgets/element.js';
import { numberField } from '../../widgets/fields.js';
import { showKeys } from '../../widgets/secret.js';
import { type Column, Table } from '../../widgets/table.js';
import type { PageContext } from '../page.js';

interface ReaderKey {
  keyId: string;
  issuedAt?: string;
  notAfter?: string;
}

/** Answer to the issue of a key, the only one that contains the key. */
type IssuedKey = ChangeStatus & { keyId: string; key: string };

const DEFAULT_OVERLAP_HOURS = 24;
const MAX_OVERLAP_HOURS = 720;
const USE = 'Enter the key in the reader now. It is not shown again.';
const USE_SEVERAL = 'Enter each key in its reader now. They are not shown again.';

/** Keys of a reader: their ids and expiry. */
export class ReaderKeys {
  readonly element: HTMLElement;
  readonly #context: PageContext;
  readonly #readerId: string;
  readonly #table: Table<ReaderKey>;

  /** @param settled called when a key is revoked */
  constructor(context: PageContext, tracker: ChangeTracker, readerId: string, settled: () => void) {
    this.#context = context;
    this.#readerId = readerId;
    const columns: Column<ReaderKey>[] = [
      { title: 'Key', cell: ({ keyId }) => keyId },
      { title: 'Issued', cell: ({ issuedAt }) => timeElement(issuedAt) },
      { title: 'Valid until', cell: ({ notAfter }) => (notAfter === undefined ? 'no expiry' : timeElement(notAfter)) },
    ];
    const revoke = (keyId: string) =>
      tracker.ask({
        title: `Revoke ${keyId}`,
        text: 'Gateways refuse the reader as soon as they look the key up again. Issue a new key first.',
        submitLabel: 'Revoke',
        isDanger: true,
        request: (why) => ({ method: 'DELETE', path: path('readers', readerId, 'keys', keyId), query: { why } }),
        settled,
      });
    if (context.may('keys.write')) {
      columns.push({
        title: 'Actions',
        cell: ({ keyId }) =>
          button('Revoke', () => void revoke(keyId), { class: 'quiet', 'aria-label': `Revoke ${keyId}` }),
      });
    }
    const empty = 'No keys issued here. Keys added to the table by other means are not listed.';
    this.#table = new Table<ReaderKey>(`Keys of ${readerId}`, columns, empty);
    this.element = element('section', {}, element('h2', {}, 'Keys'), this.#table.element);
  }

  async draw(): Promise<void> {
    const { api, signal } = this.#context;
    this.#table.show(await readKeys({ api, signal }, this.#readerId));
  }
}

export async function readKeys(
  { api, signal }: Pick<PageContext, 'api' | 'signal'>,
  readerId: string,
): Promise<ReaderKey[]> {
  return (await api.get<{ items: ReaderKey[] }>(path('readers', readerId, 'keys'), { signal })).items;
}

/** Issues a key for each of some readers, and shows the keys once. @param isNew the readers have no keys yet */
export function askKeys(
  tracker: ChangeTracker,
  readerIds: readonly string[],
  { isNew, settled }: { isNew: boolean; settled(): void },
): Promise<void> {
  const overlap = numberField({
    name: 'overlapHours',
    label: 'Overlap (hours)',
    hint: 'How long the reader’s current keys stay valid alongside the new key.',
    value: DEFAULT_OVERLAP_HOURS,
    min: 0,
    max: MAX_OVERLAP_HOURS,
  });
  const names = readerIds.join(' and ');
  const begin = isNew ? 'Each reader needs a key before it can post swipes. ' : '';
  return tracker.askAll<IssuedKey>({
    title: `Issue ${readerIds.length === 1 ? 'a key' : 'keys'} for ${names}`,
    text: `${begin}A key is shown only once. Only its hash is stored.`,
    fields: isNew ? [] : [overlap],
    submitLabel: readerIds.length === 1 ? 'Issue key' : 'Issue keys',
    requests: (why) =>
      readerIds.map((readerId) => ({
        method: 'POST',
        path: path('readers', readerId, 'keys'),
        body: { overlapHours: isNew ? 0 : overlap.read(), why },
      })),
    // Show the keys before the changes are applied: they cannot be read later.
    accepted: (answers) => {
      const secrets = answers.map(({ key }, i) => ({ of: readerIds[i] ?? '', key }));
      return showKeys(
        `New ${readerIds.length === 1 ? 'key' : 'keys'} for ${names}`,
        secrets.length === 1 ? USE : USE_SEVERAL,
        secrets,
      );
    },
    progressTitle: (i) => `New key for ${readerIds[i] ?? ''}`,
    settled,
  });
}
