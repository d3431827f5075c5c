import { path } from './api.js';
import { ApiError } from './api-error.js';
import type { ChangeTracker } from './change-tracker.js';
import { askForm } from './dialog.js';
import { areaField, textField, whyField } from './fields.js';
import { FieldError } from './form.js';
import { IdempotencyKey } from './idempotency-key.js';
import type { PageContext } from './page-context.js';

export type SiteRowKind = 'access-levels' | 'schedules' | 'readers';

/** The id member of a row: it is part of the path and cannot be changed. */
const IDS = { 'access-levels': 'accessLevelId', schedules: 'scheduleId', readers: 'readerId' } as const;
const NAMES = { 'access-levels': 'access level', schedules: 'schedule', readers: 'reader' } as const;
const HINTS = {
  'access-levels': 'zoneIds: the zones that it opens. scheduleId: the schedule of the hours.',
  schedules: 'days: 1 (Monday) to 7. Each interval stays within one day. holidays: local dates such as 2027-01-01.',
  readers:
    'direction: in, out or both. mode: normal, locked-down or free. Without outerZoneId the other side is outdoors.',
} as const;

/** Initial content of a new row. */
export const NEW_ROWS: Readonly<Record<SiteRowKind, object>> = {
  'access-levels': { zoneIds: [], scheduleId: 'always' },
  schedules: { intervals: [{ days: [1, 2, 3, 4, 5], from: '08:00', until: '18:00' }], holidays: [] },
  readers: { door: '', buildingId: '', zoneId: '', direction: 'in', mode: 'normal' },
};

export interface SiteRowEdit {
  kind: SiteRowKind;
  /** Undefined for a new row. */
  id: string | undefined;
  row: object;
  settled(): void;
}

/** Shows a form with the whole row as JSON. The API validates it and names the invalid member. */
export async function askSiteRow(
  { api }: PageContext,
  tracker: ChangeTracker,
  { kind, id, row, settled }: SiteRowEdit,
): Promise<void> {
  const idField = textField({ name: IDS[kind], label: 'Id', hint: 'Cannot be changed later.', maxLength: 64 });
  const members = Object.fromEntries(Object.entries(row).filter(([name]) => name !== IDS[kind]));
  const json = areaField({
    name: 'json',
    label: 'Content (JSON)',
    hint: HINTS[kind],
    rows: 12,
    isCode: true,
    value: JSON.stringify(members, null, 2),
  });
  const why = whyField();
  const key = new IdempotencyKey();
  const title = id === undefined ? `New ${NAMES[kind]}` : `Edit ${id}`;
  const sent = await askForm({
    title,
    fields: [...(id === undefined ? [idField] : []), json, why],
    submitLabel: 'Save',
    async submit() {
      const rowId = id ?? idField.read() ?? '';
      const body = { ...parsed(json.read()), why: why.read() };
      try {
        const idempotencyKey = key.for({ rowId, body });
        const change = await api.change({ method: 'PUT', path: path(kind, rowId), body, idempotencyKey });
        return { change, title: id === undefined ? `${title} ${rowId}` : title };
      } catch (error) {
        throw atJson(error, [why.name, idField.name]);
      }
    },
  });
  if (sent !== undefined) void tracker.follow(sent.change, sent.title, settled);
}

function parsed(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FieldError('json', `This is not JSON: ${error instanceof Error ? error.message : ''}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError('json', 'This is not a JSON object. It must start with { and end with }.');
  }
  return value;
}

/** Shows a problem with a member at the JSON field, unless the member has its own field. */
function atJson(error: unknown, ownFields: readonly string[]): unknown {
  if (!(error instanceof ApiError) || error.field === '' || ownFields.includes(error.field)) return error;
  return new FieldError('json', `${error.field} ${error.reason}.`);
}
