import Type from 'typebox';
import { TenantId, Timestamp } from '../values/identifiers.js';
import { ChangeAuthor, ChangeId, Why } from './change.js';

export const ImportId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'A UUID in lower case',
});

/** What a file lists, and its columns, the required ones first. */
export const IMPORT_COLUMNS = {
  employees: { required: ['employeeId', 'name'], optional: ['active', 'accessLevelIds'] },
  cards: { required: ['cardId', 'employeeId', 'buildingId'], optional: ['zoneId', 'validFrom', 'validUntil'] },
} as const satisfies Record<string, { required: readonly string[]; optional: readonly string[] }>;
export const ImportKind = Type.Enum(['employees', 'cards'], {
  description:
    'employees: employeeId, name, active (true or false), accessLevelIds (with ; between); ' +
    'cards: cardId, employeeId, buildingId, zoneId, validFrom, validUntil',
});
export type ImportKind = Type.Static<typeof ImportKind>;

/** Of one file. */
export const MAX_IMPORT_BYTES = 2 * 1024 * 1024;
export const MAX_IMPORT_LINES = 10_000;

/** Who uploads a file, and why: signed into the upload, so that the file cannot come with another's name. */
export const ImportRequest = Type.Object({ kind: ImportKind, by: ChangeAuthor, why: Why });
export type ImportRequest = Type.Static<typeof ImportRequest>;

/** What became of a line: a change that is on its way, or why there is none. */
export const ImportLine = Type.Object({
  line: Type.Integer({ minimum: 1, description: 'In the file, the header being 1' }),
  changeId: Type.Optional(ChangeId),
  field: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
});
export type ImportLine = Type.Static<typeof ImportLine>;

/** What the import function leaves beside the file. */
export const ImportResult = Type.Object({
  tenantId: TenantId,
  importId: ImportId,
  ...ImportRequest.properties,
  finishedAt: Timestamp,
  /** Why the file could not be read to its end. What is done of it stands in `lines`. */
  problem: Type.Optional(Type.String()),
  lines: Type.Array(ImportLine),
});
export type ImportResult = Type.Static<typeof ImportResult>;

/** A line with how far its change has come. */
export const ImportLineStatus = Type.Object({
  ...ImportLine.properties,
  state: Type.Enum(['refused', 'accepted', 'stored', 'applied', 'rejected']),
  code: Type.Optional(Type.String()),
});
export type ImportLineStatus = Type.Static<typeof ImportLineStatus>;

export const ImportStatus = Type.Object(
  {
    importId: ImportId,
    state: Type.Enum(['awaiting-upload', 'uploaded', 'settling', 'done']),
    kind: Type.Optional(ImportKind),
    finishedAt: Type.Optional(Timestamp),
    problem: Type.Optional(Type.String()),
    totals: Type.Optional(Type.Record(Type.String(), Type.Integer(), { description: 'Lines by their state' })),
    lines: Type.Optional(Type.Array(ImportLineStatus)),
  },
  { $id: 'ImportStatus', description: 'An import, and what became of each line' },
);
export type ImportStatus = Type.Static<typeof ImportStatus>;

export const ImportUpload = Type.Object(
  {
    importId: ImportId,
    upload: Type.Object(
      { url: Type.String(), fields: Type.Record(Type.String(), Type.String()) },
      { description: 'POST the file there as multipart/form-data, these fields first, then `file`' },
    ),
    expiresAt: Timestamp,
  },
  { $id: 'ImportUpload', description: 'Where to upload the file' },
);
export type ImportUpload = Type.Static<typeof ImportUpload>;
