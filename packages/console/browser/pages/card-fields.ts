import type { CardNumbers, EmployeeSummary, Reader, Tenant, UnknownCardList } from '@swipegate/contract';
import { cardNumberReadings } from '@swipegate/contract/cards/card-number-readings';
import type { Api } from '../api/api.js';
import { element, fill, newId, say } from '../widgets/element.js';
import { type Field, offer, selectField, textField } from '../widgets/fields.js';

/** How the tenant's readers send numbers: it decides which reading of a typed number is the likeliest. */
export interface Numbering {
  numbers: CardNumbers;
  /** Whether any reader converts. If none does, a number is the id of its card. */
  hasFormats: boolean;
  /** Ids of cards that readers have just refused as unknown. */
  unknown: ReadonlySet<string>;
}

const UNKNOWN: Numbering = { numbers: 'full', hasFormats: false, unknown: new Set() };

/** Best effort: without an answer, the user chooses the reading. */
export async function readNumbering(api: Api, signal: AbortSignal): Promise<Numbering> {
  try {
    const [tenant, readers, unknown] = await Promise.all([
      api.get<Tenant>('/v1/tenant', { signal }),
      api.get<{ items: Reader[] }>('/v1/readers', { signal }),
      api.get<UnknownCardList>('/v1/unknown-cards', { signal }),
    ]);
    return {
      numbers: tenant.cardNumbers,
      hasFormats: readers.items.some(({ cardFormat = 'as-sent' }) => cardFormat !== 'as-sent'),
      unknown: new Set(unknown.items.map(({ cardId }) => cardId)),
    };
  } catch {
    return UNKNOWN;
  }
}

/** Value of the choice while the text is no number of a card: the API then says what is allowed. */
const AS_TYPED = '-';

/** A card's number in any form, and a choice among the ways to read it, shown if there are several. */
export function cardNumberFields(
  { numbers, hasFormats, unknown }: Numbering,
  value = '',
): { fields: readonly Field<unknown>[]; cardId(): string } {
  const typed = textField({
    name: 'cardId',
    label: 'Card',
    hint: 'As printed on the card, or as a reader sends it. Examples: 04A1B2C3, 161,45763, card-00042.',
    value,
    maxLength: 128,
  });
  const asTyped = { value: AS_TYPED, label: 'as typed' };
  const readAs = selectField({ name: 'readAs', label: 'Read as', options: [asTyped] });
  const update = () => {
    const text = typed.read() ?? '';
    const readings = cardNumberReadings(text, numbers);
    const likely =
      readings.find(({ cardId }) => unknown.has(cardId)) ??
      (hasFormats ? undefined : readings.find(({ cardId }) => cardId === text)) ??
      readings[0];
    const options = readings.map(({ cardId, how }) => ({ value: cardId, label: `${cardId}, read ${how}` }));
    offer(readAs.control, readings.length === 0 ? [asTyped] : options);
    if (likely !== undefined && readAs.control instanceof HTMLSelectElement) readAs.control.value = likely.cardId;
    readAs.element.hidden = readings.length < 2;
  };
  typed.control.addEventListener('input', update);
  update();
  return {
    fields: [typed, readAs],
    cardId: () => (readAs.read() === AS_TYPED ? (typed.read() ?? '') : readAs.read()),
  };
}

const TYPING_MS = 200;
const MOST_PROPOSALS = 10;

/** The id of an employee, found by parts of the name or the id. */
export function employeeField(api: Api, signal: AbortSignal): Field<string | undefined> {
  const field = textField({ name: 'employeeId', label: 'Employee', hint: 'Type a part of the name or the id.' });
  const { control } = field;
  const list = element('datalist', { id: newId() });
  const chosen = element('p', { class: 'note', role: 'status' });
  control.setAttribute('list', list.id);
  field.element.append(list, chosen);
  let found: EmployeeSummary[] = [];
  let typing: ReturnType<typeof setTimeout> | undefined;
  const propose = async (search: string) => {
    const query = { search, limit: MOST_PROPOSALS };
    const { items } = await api.get<{ items: EmployeeSummary[] }>('/v1/employees', { query, signal });
    if (search !== field.read()) return;
    found = items.filter(({ active }) => active);
    fill(
      list,
      found.map(({ employeeId, name }) => element('option', { value: employeeId, label: name })),
    );
    tell();
  };
  const match = (text: string | undefined) => {
    const named = found.filter(({ name, employeeId }) => employeeId === text || name === text);
    return named.length === 1 ? named[0] : undefined;
  };
  const tell = () => say(chosen, match(field.read())?.name ?? '');
  control.addEventListener('input', () => {
    clearTimeout(typing);
    tell();
    const search = field.read();
    // Without an answer there are no proposals; the id can still be typed.
    if (search !== undefined) typing = setTimeout(() => void propose(search).catch(() => undefined), TYPING_MS);
  });
  return { ...field, read: () => match(field.read())?.employeeId ?? field.read() };
}
