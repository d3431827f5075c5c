import {
  AccessLevel,
  AccessLevelId,
  Building,
  BuildingId,
  type ChangeContent,
  compile,
  DisplayName,
  EntryVersion,
  type explain,
  LocalTime,
  Reader,
  ReaderId,
  Schedule,
  ScheduleId,
  type SiteKind,
  scheduleFault,
  Why,
  Zone,
  ZoneId,
} from '@swipegate/contract';
import { plainText } from '@swipegate/contract/values/plain-text';
import { isTimeZone } from '@swipegate/contract/values/time-zone';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter, invalid, problemResponses } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type EntryKind, versionOf } from '../../stores/changes/entries.js';
import { readSiteRows } from '../directory/site-rows.js';
import { type AdminRouteOptions, changeRoute, SECURITY, WhyQuery } from './admin-routes.js';

const LISTS: readonly { kind: SiteKind & EntryKind; schema: Type.TObject; noun: string }[] = [
  { kind: 'buildings', schema: Building, noun: 'buildings' },
  { kind: 'zones', schema: Zone, noun: 'zones' },
  { kind: 'access-levels', schema: AccessLevel, noun: 'access levels' },
  { kind: 'schedules', schema: Schedule, noun: 'schedules' },
  { kind: 'readers', schema: Reader, noun: 'readers' },
];

const isBuilding = compile(Building);
const isZone = compile(Zone);
const isAccessLevel = compile(AccessLevel);
const isSchedule = compile(Schedule);
const isReader = compile(Reader);

// The id is in the path.
const { buildingId: _building, ...buildingRest } = Building.properties;
const buildingMembers = { ...buildingRest, name: DisplayName };
const { zoneId: _zone, accompaniment, ...zoneRest } = Zone.properties;
const zoneMembers = {
  ...zoneRest,
  name: DisplayName,
  // One object instead of the union, so that an error names the member.
  antiPassback: Type.Object(
    {
      mode: Type.Enum(['none', 'hard', 'soft', 'timed'], {
        description: 'Second entry without an exit. hard: deny it; soft: grant and flag it; timed: deny it for minutes',
      }),
      minutes: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'For `timed` alone' })),
      forgiveAt: Type.Optional({
        ...LocalTime,
        description: 'Local time of day at which earlier entries stop counting. Not for `none`',
      }),
    },
    { additionalProperties: false },
  ),
  accompaniment: Type.Optional(
    Type.Object(accompaniment.properties, {
      additionalProperties: false,
      description: 'Two-person rule: a second cardholder with access must swipe at the same reader within this time',
    }),
  ),
};
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
    kind: 'buildings',
    id: 'buildingId',
    idSchema: BuildingId,
    members: buildingMembers,
    noun: 'a building',
    set: (value: unknown): ChangeContent => {
      const building = checked(value, isBuilding);
      refuseUnknownTimeZone(building.timeZone);
      return { type: 'set-building', building: { ...building, name: plainText(building.name) } };
    },
    remove: (buildingId: string): ChangeContent => ({ type: 'remove-building', buildingId }),
  },
  {
    kind: 'zones',
    id: 'zoneId',
    idSchema: ZoneId,
    members: zoneMembers,
    noun: 'a zone',
    set: (value: unknown): ChangeContent => {
      refusePointless(value);
      const zone = checked(value, isZone);
      return { type: 'set-zone', zone: { ...zone, name: plainText(zone.name) } };
    },
    remove: (zoneId: string): ChangeContent => ({ type: 'remove-zone', zoneId }),
  },
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
    set: (value: unknown): ChangeContent => {
      const reader = checked(value, isReader);
      if (reader.muster === true && reader.direction !== 'out')
        throw badParameter('muster', 'is for readers with direction out: a swipe at an assembly point is a way out');
      return { type: 'set-reader', reader };
    },
    remove: (readerId: string): ChangeContent => ({ type: 'remove-reader', readerId }),
  },
] as const;

const isAntiPassback = compile(Type.Object({ antiPassback: zoneMembers.antiPassback }));

/** Refuses members of an anti-passback rule that its mode lacks or ignores. @throws {ProblemError} `bad-request` */
function refusePointless(value: unknown): void {
  if (!isAntiPassback(value)) return;
  const { mode, minutes, forgiveAt } = value.antiPassback;
  if (mode === 'timed' && minutes === undefined) {
    throw badParameter('antiPassback.minutes', 'is missing: timed anti-passback denies a second entry for that long');
  }
  if (mode !== 'timed' && minutes !== undefined) {
    throw badParameter('antiPassback.minutes', `is for timed anti-passback alone: leave it out of ${mode}`);
  }
  if (mode === 'none' && forgiveAt !== undefined) {
    throw badParameter('antiPassback.forgiveAt', 'has no effect without anti-passback: leave it out of none');
  }
}

/** @throws {ProblemError} `bad-request` */
export function refuseUnknownTimeZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  throw badParameter('timeZone', 'must be a time zone of the IANA database, such as Europe/Berlin');
}

/** Routes that read and change the buildings, zones, access levels, schedules and readers of a site. */
export function siteRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  for (const { kind, schema, noun } of LISTS) {
    const isRow = compile(schema);
    const item = Type.Object({ ...schema.properties, version: EntryVersion });
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
        const rows = readSiteRows(dynamodb, tables.TABLE_SITE, userOf(request).tenantId, kind);
        // Leave out the members that only the table needs.
        const items = (await databaseAnswer(request, rows)).map(({ siteKey: _, id, changedBy, ...row }) => row);
        const known = items.filter((row) => isRow(row));
        return { items: known.map((row) => ({ ...row, version: versionOf(kind, row) })) };
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
