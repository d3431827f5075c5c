import {
  AccessLevel,
  AccessLevelId,
  Building,
  type ChangeContent,
  compile,
  EntryVersion,
  type explain,
  Reader,
  ReaderId,
  Schedule,
  ScheduleId,
  type SiteKind,
  scheduleFault,
  tenantKey,
  Why,
  Zone,
} from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter, invalid, problemResponses } from '@swipegate/http/problem-details';
import { queryAll } from '@swipegate/http/query-rows';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type EntryKind, versionOf } from '../../stores/changes/entries.js';
import { userOf } from '../sign-in/authenticate.js';
import { type AdminRouteOptions, changeRoute, SECURITY, WhyQuery } from './admin-routes.js';

/** `versioned`: kind of the entries that changes write. */
const LISTS: readonly { kind: SiteKind; schema: Type.TObject; noun: string; versioned?: EntryKind }[] = [
  { kind: 'buildings', schema: Building, noun: 'buildings' },
  { kind: 'zones', schema: Zone, noun: 'zones' },
  { kind: 'access-levels', schema: AccessLevel, noun: 'access levels', versioned: 'access-levels' },
  { kind: 'schedules', schema: Schedule, noun: 'schedules', versioned: 'schedules' },
  { kind: 'readers', schema: Reader, noun: 'readers', versioned: 'readers' },
];

const isAccessLevel = compile(AccessLevel);
const isSchedule = compile(Schedule);
const isReader = compile(Reader);

// The id is in the path.
const { accessLevelId: _level, ...accessLevelMembers } = AccessLevel.properties;
const { scheduleId: _schedule, intervals, ...scheduleRest } = Schedule.properties;
const scheduleMembers = {
  ...scheduleRest,
  // Stored rows may have more members than these; requests may not.
  intervals: Type.Array(Type.Object(intervals.items.properties, { additionalProperties: false })),
};
const { readerId: _reader, ...readerMembers } = Reader.properties;

const CHANGEABLE = [
  {
    kind: 'access-levels',
    id: 'accessLevelId',
    idSchema: AccessLevelId,
    members: accessLevelMembers,
    noun: 'an access level',
    set: (value: unknown): ChangeContent => ({ type: 'set-access-level', accessLevel: checked(value, isAccessLevel) }),
    remove: (accessLevelId: string): ChangeContent => ({ type: 'remove-access-level', accessLevelId }),
  },
  {
    kind: 'schedules',
    id: 'scheduleId',
    idSchema: ScheduleId,
    members: scheduleMembers,
    noun: 'a schedule',
    set: (value: unknown): ChangeContent => {
      const schedule = checked(value, isSchedule);
      const fault = scheduleFault(schedule);
      if (fault !== undefined) throw badParameter(fault.field, fault.reason);
      return { type: 'set-schedule', schedule };
    },
    remove: (scheduleId: string): ChangeContent => ({ type: 'remove-schedule', scheduleId }),
  },
  {
    kind: 'readers',
    id: 'readerId',
    idSchema: ReaderId,
    members: readerMembers,
    noun: 'a reader',
    set: (value: unknown): ChangeContent => ({ type: 'set-reader', reader: checked(value, isReader) }),
    remove: (readerId: string): ChangeContent => ({ type: 'remove-reader', readerId }),
  },
] as const;

/** Routes that read buildings and zones, and read and change access levels, schedules and readers. */
export function siteRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  for (const { kind, schema, noun, versioned } of LISTS) {
    const isRow = compile(schema);
    const item = versioned === undefined ? schema : Type.Object({ ...schema.properties, version: EntryVersion });
    app.get(
      `/v1/${kind}`,
      {
        config: { action: 'site.read' },
        schema: {
          summary: `List ${noun}`,
          description: 'All of them in one answer, without pages.',
          tags: ['site'],
          security: SECURITY,
          response: {
            200: {
              description: 'The complete list',
              content: { 'application/json': { schema: Type.Object({ items: Type.Array(item) }) } },
            },
            ...problemResponses(401, 403, 503),
          },
        },
      },
      async (request) => {
        const siteKey = tenantKey(userOf(request).tenantId, kind);
        const rows = queryAll(dynamodb, { tableName: tables.TABLE_SITE, key: ['siteKey', siteKey] });
        // Leave out the members that only the table needs.
        const items = (await databaseAnswer(request, rows)).map(({ siteKey: _, id, changedBy, ...row }) => row);
        const known = items.filter((row) => isRow(row));
        return {
          items: versioned === undefined ? known : known.map((row) => ({ ...row, version: versionOf(versioned, row) })),
        };
      },
    );
  }

  for (const { kind, id, idSchema, members, noun, set, remove } of CHANGEABLE) {
    const url = `/v1/${kind}/:${id}`;
    const shared = { tags: ['site'], params: Type.Object({ [id]: idSchema }) };
    changeRoute<Record<string, string>, { why: string }>(app, changes, {
      method: 'PUT',
      url,
      action: 'site.write',
      isReplacing: true,
      schema: {
        ...shared,
        summary: `Create or replace ${noun}`,
        description:
          'With If-None-Match: * it creates, with If-Match it replaces every member. Decisions use it within seconds.',
        body: Type.Object({ ...members, why: Why }, { additionalProperties: false }),
      },
      contentOf: ({ params, body: { why, ...value } }) => set({ ...value, [id]: params[id] }),
    });
    changeRoute<Record<string, string>, undefined>(app, changes, {
      method: 'DELETE',
      url,
      action: 'site.write',
      schema: {
        ...shared,
        summary: `Remove ${noun}`,
        description: 'Rejected when applied if other entries depend on it.',
        querystring: WhyQuery,
      },
      contentOf: ({ params }) => remove(params[id] ?? ''),
    });
  }
}

/** Narrows the type for the compiler; Fastify has already validated the value with the same schema. */
function checked<Value>(
  value: unknown,
  isValue: { (value: unknown): value is Value; errors?: Parameters<typeof explain>[0] },
): Value {
  if (isValue(value)) return value;
  throw invalid(isValue.errors);
}
