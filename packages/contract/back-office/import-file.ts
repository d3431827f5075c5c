import Type from 'typebox';
import { TenantId, Timestamp } from '../values/identifiers.js';
import { namesIn } from '../values/names-in.js';
import { ChangeAuthor, ChangeId, Why } from './change.js';
import { IMPORT_COLUMNS } from './import-columns.js';

export const ImportId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'A UUID in lower case',
});

export const ImportKind = Type.Enum(namesIn(IMPORT_COLUMNS), {
  description:
    'employees: employeeId, name, active (true or false), accessLevelIds (separated by ; , | or spaces); ' +
    'cards: cardId, employeeId, buildingId, zoneId, validFrom, validUntil, cardFormat; ' +
    'readers: readerId, door, buildingId, zoneId, direction, outerZoneId, mode, cardFormat; ' +
    'zones: zoneId, buildingId, name, outerZoneId, antiPassback, forgiveAt, occupancyLimit, accompanimentSeconds. ' +
    'Missing columns and empty cells change nothing',
});
export type ImportKind = Type.Static<typeof ImportKind>;

export const MAX_IMPORT_BYTES = 2 * 1024 * 1024;
export const MAX_IMPORT_LINES = 10_000;

/** Time after its preview in which an import can be applied. */
export const PREVIEW_HOURS = 24;
/** Number of rows that a preview shows as they were understood. */
export const PREVIEW_ROWS = 10;

export const ImportPreview = Type.Boolean({
  description: 'Only check the file. Nothing changes until POST /v1/imports/{importId}/apply. Default: false',
});

export const ImportSheet = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'Name of the sheet to read, in an .xlsx file. Default: the first one that is not hidden',
});

/** Author and reason of an import. Signed into the upload form, so an uploader cannot use another name. */
export const ImportRequest = Type.Object({
  kind: ImportKind,
  by: ChangeAuthor,
  why: Why,
  preview: Type.Optional(ImportPreview),
  sheet: Type.Optional(ImportSheet),
});
export type ImportRequest = Type.Static<typeof ImportRequest>;

/** Result of a line: the id of its change, or why it was refused. */
export const ImportLine = Type.Object({
  line: Type.Integer({ minimum: 1, description: 'Line number in the file, as in an editor: the first line is 1' }),
  changeId: Type.Optional(ChangeId),
  field: Type.Optional(Type.String()),
  code: Type.Optional(
    Type.String({ description: 'In a preview: code with which the change would be rejected as things are now' }),
  ),
  reason: Type.Optional(Type.String()),
});
export type ImportLine = Type.Static<typeof ImportLine>;

/** A fact about the whole file that a person should look at. Nothing is wrong with it. */
export const ImportNote = Type.Object({
  code: Type.Enum([
    'sheet-read',
    'encoding-converted',
    'columns-renamed',
    'columns-ignored',
    'dates-read',
    'dates-at-midnight',
    'card-format-missing',
    'card-unsent',
  ]),
  message: Type.String({ description: 'In words' }),
  examples: Type.Optional(
    Type.Array(Type.String(), { description: 'Texts of the file to check: converted names, names of columns, a date' }),
  ),
});
export type ImportNote = Type.Static<typeof ImportNote>;

/** A row as it was understood: members of its change, by name. */
export const ImportRow = Type.Object({
  line: Type.Integer({ minimum: 1 }),
  values: Type.Record(Type.String(), Type.Unknown()),
});
export type ImportRow = Type.Static<typeof ImportRow>;

/** A user’s decision to apply a previewed file. The admin API writes it next to the file. */
export const ImportApproval = Type.Object({
  by: ChangeAuthor,
  requestedAt: Timestamp,
  /** Hash of the file that was previewed: another one is not applied. */
  fileHash: Type.String(),
});
export type ImportApproval = Type.Static<typeof ImportApproval>;

/** Result that the import function writes, of a preview or of the import. */
export const ImportResult = Type.Object({
  tenantId: TenantId,
  importId: ImportId,
  ...ImportRequest.properties,
  finishedAt: Timestamp,
  /** Why the file was refused as a whole. Then it has no lines here. */
  problem: Type.Optional(Type.String()),
  /** Number of lines without any text, below the header. Results of earlier versions lack it. */
  blankLines: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Results of earlier versions lack it. */
  notes: Type.Optional(Type.Array(ImportNote)),
  /** SHA-256 of the file, hex. Results of earlier versions lack it. */
  fileHash: Type.Optional(Type.String()),
  rows: Type.Optional(Type.Array(ImportRow)),
  lines: Type.Array(ImportLine),
});
export type ImportResult = Type.Static<typeof ImportResult>;

export const ImportLineStatus = Type.Object({
  ...ImportLine.properties,
  state: Type.Enum(['valid', 'doubtful', 'refused', 'accepted', 'stored', 'applied', 'rejected'], {
    description:
      'valid and doubtful: in a preview; the change of a doubtful line would be rejected as things are now, for the ' +
      '`reason` that it names; refused: the line is invalid',
  }),
  code: Type.Optional(Type.String()),
});
export type ImportLineStatus = Type.Static<typeof ImportLineStatus>;

export const ImportStatus = Type.Object(
  {
    importId: ImportId,
    state: Type.Enum(['awaiting-upload', 'expired', 'uploaded', 'previewed', 'applying', 'settling', 'done'], {
      description:
        'expired: no file was uploaded in time, or its preview was not applied within a day; previewed: the file was ' +
        'checked, and nothing has changed; applying: the changes are being sent; settling: some changes are not applied ' +
        'or rejected yet',
    }),
    kind: Type.Optional(ImportKind),
    finishedAt: Type.Optional(Timestamp),
    expiresAt: Type.Optional({ ...Timestamp, description: 'Until then a preview can be applied' }),
    problem: Type.Optional(Type.String()),
    rows: Type.Optional(
      Type.Array(ImportRow, { description: `First ${PREVIEW_ROWS} valid rows of a preview, as they were understood` }),
    ),
    notes: Type.Optional(Type.Array(ImportNote, { description: 'What was converted, ignored or assumed' })),
    totals: Type.Optional(
      Type.Record(Type.String(), Type.Integer(), {
        description:
          'Number of lines by state, and of `blank` lines, which are skipped. Each row below the header is in exactly one of them',
      }),
    ),
    lines: Type.Optional(Type.Array(ImportLineStatus)),
  },
  { $id: 'ImportStatus', description: 'An import and the result of each line' },
);
export type ImportStatus = Type.Static<typeof ImportStatus>;

export const ImportUpload = Type.Object(
  {
    importId: ImportId,
    upload: Type.Object(
      { url: Type.String(), fields: Type.Record(Type.String(), Type.String()) },
      { description: 'POST to `url` as multipart/form-data: first these `fields`, then the file as `file`' },
    ),
    expiresAt: Timestamp,
  },
  { $id: 'ImportUpload', description: 'Where to upload the file' },
);
export type ImportUpload = Type.Static<typeof ImportUpload>;
