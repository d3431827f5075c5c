import type { CardFormat, EmployeeDetail, EmployeeSummary, Reader, Tenant, UnknownCardList } from '@swipegate/contract';
import { cardFinder } from '@swipegate/contract/cards/card-number-readings';
import {
  type IdForm,
  idForm,
  type SiteNumbering,
  type SiteReading,
  siteReadings,
} from '@swipegate/contract/cards/site-readings';
import { type Api, ApiError, path } from '../api/api.js';
import { element, fill, newId, say } from '../widgets/element.js';
import { type Field, offer, selectField, textField } from '../widgets/fields.js';
import { FieldError } from '../widgets/form.js';

/** How the tenant's readers send numbers: it decides which reading of a typed number is the likeliest. */
export interface Numbering extends SiteNumbering {
  /** Ids of cards that readers have just refused as unknown. */
  unknown: readonly string[];
}

const UNKNOWN: Numbering = { numbers: 'full', formats: new Set(), unknown: [] };

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
      formats: new Set(readers.items.map(({ cardFormat = 'as-sent' }): CardFormat => cardFormat)),
      unknown: unknown.items.map(({ cardId }) => cardId),
    };
  } catch {
    return UNKNOWN;
  }
}

/** Value of the choice while the text is no number of a card: the API then says what is allowed. */
const AS_TYPED = '-';
const FORMS: Readonly<Record<IdForm, string>> = {
  uid: 'UIDs',
  w26: '26 bits',
  h10302: '37 bits (H10302)',
  h10304: '37 bits (H10304)',
  c1k35: '35 bits (Corporate 1000)',
  c1k48: '48 bits (Corporate 1000)',
  other: 'ids as they are',
};
const SHOW_IT = 'Show it at a door instead, and link it from Unknown cards on the page Cards';

/** A card's number in any form, and a choice among the ways to read it, shown if there are several. */
export function cardNumberFields(
  numbering: Numbering,
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
  const doubt = element('p', { class: 'caution', role: 'status' });
  typed.element.append(doubt);
  let readings: SiteReading[] = [];
  const warn = () =>
    say(
      doubt,
      doubtWords(
        readings.find(({ cardId }) => cardId === readAs.read()),
        numbering,
      ),
    );
  const update = () => {
    readings = readingsOf(typed.read() ?? '', numbering);
    const options = readings.map(({ cardId, how }) => ({ value: cardId, label: `${cardId}, read ${how}` }));
    offer(readAs.control, readings.length === 0 ? [asTyped] : options);
    const [likely] = readings;
    if (likely !== undefined && readAs.control instanceof HTMLSelectElement) readAs.control.value = likely.cardId;
    readAs.element.hidden = readings.length < 2;
    warn();
  };
  typed.control.addEventListener('input', update);
  readAs.control.addEventListener('change', warn);
  update();
  return {
    fields: [typed, readAs],
    cardId: () => (readAs.read() === AS_TYPED ? (typed.read() ?? '') : readAs.read()),
  };
}

/** The likeliest first: a card that a reader has just refused, then what readers can send. */
function readingsOf(text: string, numbering: Numbering): SiteReading[] {
  const readings = siteReadings(text, numbering);
  const isOfNumber = cardFinder(text, numbering.numbers) ?? (() => false);
  const refused = numbering.unknown.filter(isOfNumber).map((cardId): SiteReading => {
    const how = readings.find((reading) => reading.cardId === cardId)?.how;
    return { cardId, how: how ?? 'as the lowest 24 bits of a card that a reader has just refused' };
  });
  const ids = new Set(refused.map(({ cardId }) => cardId));
  return [...refused, ...readings.filter(({ cardId }) => !ids.has(cardId))];
}

/** Says why a card may open no door; empty if there is no doubt, or no reader yet. */
function doubtWords(reading: SiteReading | undefined, { formats }: Numbering): string {
  if (reading?.doubt === undefined || formats.size === 0) return '';
  if (reading.doubt === 'guess') {
    return `This number has only 24 bits of the card’s UID, so ${reading.cardId} is a guess: it takes the other bits to be zero. If they are not, the card opens no door. ${SHOW_IT}.`;
  }
  const sends = FORMS[idForm(reading.cardId)];
  return `No reader of this site sends ${sends}: the card would open no door. ${SHOW_IT}, or set “Card numbers” of the readers that do send ${sends}.`;
}

const TYPING_MS = 200;
const MOST_PROPOSALS = 10;
const MOST_NAMED = 5;

export interface EmployeeField extends Field<string | undefined> {
  /** Returns the id of the employee that the text names. @throws {FieldError} if it names none who can get a card */
  chosen(): Promise<string>;
}

/** The id of an employee, found by parts of the name or the id. */
export function employeeField(
  api: Api,
  signal: AbortSignal,
  spec = { name: 'employeeId', label: 'Employee' },
): EmployeeField {
  const field = textField({ ...spec, hint: 'Type a part of the name or the id.' });
  const { control } = field;
  const list = element('datalist', { id: newId() });
  const named = element('p', { class: 'note', role: 'status' });
  control.setAttribute('list', list.id);
  field.element.append(list, named);
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
    const matching = found.filter(({ name, employeeId }) => employeeId === text || name === text);
    return matching.length === 1 ? matching[0] : undefined;
  };
  const tell = () => say(named, match(field.read())?.name ?? '');
  control.addEventListener('input', () => {
    clearTimeout(typing);
    tell();
    const search = field.read();
    // Without an answer there are no proposals; the id can still be typed.
    if (search !== undefined) typing = setTimeout(() => void propose(search).catch(() => undefined), TYPING_MS);
  });
  const chosen = async (): Promise<string> => {
    const text = field.read() ?? '';
    const known = match(text);
    if (known !== undefined) return known.employeeId;
    const query = { search: text, limit: MOST_PROPOSALS };
    const [byId, { items }] = await Promise.all([
      employeeOf(api, text, signal),
      api.get<{ items: EmployeeSummary[] }>('/v1/employees', { query, signal }),
    ]);
    const isNamed = ({ name }: EmployeeSummary) => name.toLowerCase() === text.toLowerCase();
    const meant = byId === undefined ? items.filter(isNamed) : [byId];
    const [one] = meant;
    if (one !== undefined && meant.length === 1) {
      if (one.active) return one.employeeId;
      throw new FieldError(field.name, `${one.name} (${one.employeeId}) is not active. Activate the employee first.`);
    }
    const similar = (meant.length > 0 ? meant : items).filter(({ active }) => active).slice(0, MOST_NAMED);
    const choice = similar.map(({ name, employeeId }) => `${employeeId} (${name})`).join(', ');
    const fault = meant.length > 1 ? `Several employees have the name ${text}.` : `There is no employee ${text}.`;
    throw new FieldError(
      field.name,
      choice === ''
        ? `${fault} Check the name, or create the employee first.`
        : `${fault} Enter one of these ids: ${choice}.`,
    );
  };
  return { ...field, read: () => match(field.read())?.employeeId ?? field.read(), chosen };
}

/** Returns undefined if the text is no id of an employee. */
async function employeeOf(api: Api, text: string, signal: AbortSignal): Promise<EmployeeDetail | undefined> {
  try {
    return await api.get<EmployeeDetail>(path('employees', text), { signal });
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return undefined;
    throw error;
  }
}
