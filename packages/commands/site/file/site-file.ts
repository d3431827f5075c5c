import {
  AccessLevelId,
  BuildingId,
  CardFormat,
  CardNumbers,
  Device,
  DeviceId,
  DisplayName,
  LocalTime,
  Reader,
  ReaderId,
  ReaderMode,
  ScheduleId,
  Tenant,
  Zone,
  ZoneId,
} from '@swipegate/contract';
import Type from 'typebox';
import { DAYS_PATTERN, HOURS_PATTERN } from './hours.js';

/** Path of the schema in the repository, as the first line of a site file names it for editors. */
export const SCHEMA_FILE = 'docs/site-file.schema.json';

const closed = { additionalProperties: false } as const;

/** A map from ids to values. The pattern of the ids lets an editor check the keys. */
function byId<Value extends Type.TSchema>(id: Type.TString, value: Value, description: string) {
  return Type.Record(id, value, { ...closed, description });
}

const DoorReader = Type.Object(
  {
    direction: Reader.properties.direction,
    mode: Type.Optional(ReaderMode),
    cardFormat: Type.Optional(CardFormat),
    muster: Type.Optional(Reader.properties.muster),
  },
  closed,
);

const Door = Type.Object(
  {
    door: { ...Reader.properties.door, description: 'Name of the door, as people know it' },
    in: Type.Optional({ ...ReaderId, description: 'Reader on the way in' }),
    out: Type.Optional({ ...ReaderId, description: 'Reader on the way out' }),
    both: Type.Optional({ ...ReaderId, description: 'Reader for both ways' }),
    mode: Type.Optional({ ...ReaderMode, description: 'Of these readers. Default: normal' }),
    cardFormat: Type.Optional({ ...CardFormat, description: 'How these readers write card numbers. Default: as-sent' }),
    readers: Type.Optional(byId(ReaderId, DoorReader, 'More readers of the door, each with settings of its own')),
    from: Type.Optional({
      ...ZoneId,
      description: 'Zone on the other side of the door. Default: the zone around this one, or outdoors',
    }),
    fromOutdoors: Type.Optional(
      Type.Boolean({ description: 'The other side is outdoors, although another zone is around this one' }),
    ),
  },
  { ...closed, description: 'A door into the zone, with its readers' },
);
export type DoorInFile = Type.Static<typeof Door>;

const AntiPassbackInFile = Type.Union(
  [
    Type.Enum(['none', 'hard', 'soft', 'timed']),
    // One object instead of one for each mode, so that an error names the member. entriesIn checks the rest.
    Type.Object(
      {
        mode: Type.Enum(['none', 'hard', 'soft', 'timed']),
        minutes: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'For timed alone' })),
        forgiveAt: Type.Optional({
          ...LocalTime,
          description: 'Local time of day at which earlier entries stop counting',
        }),
      },
      closed,
    ),
  ],
  {
    description:
      'Second entry without an exit. hard: deny it; soft: grant and flag it; { mode: timed, minutes: 5 }: deny it for minutes',
  },
);
export type AntiPassbackInFile = Type.Static<typeof AntiPassbackInFile>;

const { accompaniment } = Zone.properties;
const zoneMembers = {
  name: Type.Optional({ ...DisplayName, description: 'Default: the id' }),
  antiPassback: Type.Optional(AntiPassbackInFile),
  occupancyLimit: Zone.properties.occupancyLimit,
  accompaniment: Type.Optional(
    Type.Object(accompaniment.properties, {
      ...closed,
      description: 'Two-person rule: a second cardholder with access must swipe at the same reader within this time',
    }),
  ),
  doors: Type.Optional(Type.Array(Door)),
};
const ZoneWithDoors = Type.Object(zoneMembers);
export interface ZoneInFile extends Type.Static<typeof ZoneWithDoors> {
  zones?: Record<string, ZoneInFile>;
}
const zonesById = (description: string) =>
  Type.Optional(byId(ZoneId, Type.Unsafe<ZoneInFile>(Type.Ref('#/$defs/zone')), description));
const ZoneSchema = Type.Object({ ...zoneMembers, zones: zonesById('Zones inside this one') }, closed);

const BuildingInFile = Type.Object(
  {
    name: Type.Optional({ ...DisplayName, description: 'Default: the id' }),
    timeZone: Type.String({
      description: 'IANA time zone of the building’s schedules',
      examples: ['Europe/Berlin', 'America/New_York'],
    }),
    zones: zonesById('Zones of the building. Those inside another zone stand there'),
  },
  closed,
);

const HoursInFile = Type.String({
  pattern: HOURS_PATTERN,
  description: 'From and until. An earlier `until` is a time of the next day',
  examples: ['07:00-19:00'],
});
const ScheduleInFile = Type.Object(
  {
    open: Type.Record(
      Type.String({ pattern: DAYS_PATTERN }),
      Type.Union([HoursInFile, Type.Array(HoursInFile)], { description: 'Hours, or a list of hours' }),
      { ...closed, description: 'Hours by days: daily, mon-fri, sat, or mon,wed,fri' },
    ),
    holidays: Type.Optional(
      Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), {
        description: 'Local dates on which no interval begins',
      }),
    ),
  },
  closed,
);

const AccessLevelInFile = Type.Object(
  {
    zones: Type.Array({ ...ZoneId }, { description: 'Zones that the level opens' }),
    schedule: { ...ScheduleId, description: 'Schedule during which it opens them' },
  },
  closed,
);

const { deviceId: _, ...deviceMembers } = Device.properties;
const DeviceInFile = Type.Object(deviceMembers, closed);

/** A site as people write it: the one schema of its type, its check and the editors' JSON Schema. */
export const SiteFile = Type.Object(
  {
    tenant: Type.Optional(
      Type.Object(
        {
          name: Type.Optional({ ...DisplayName, description: 'Default: as it is' }),
          cardNumbers: Type.Optional(CardNumbers),
          threatLevels: Tenant.properties.threatLevels,
        },
        { ...closed, description: 'Settings of the tenant' },
      ),
    ),
    buildings: Type.Optional(byId(BuildingId, BuildingInFile, 'Buildings with their zones and doors')),
    schedules: Type.Optional(byId(ScheduleId, ScheduleInFile, 'Weekly hours in the local time of each building')),
    accessLevels: Type.Optional(byId(AccessLevelId, AccessLevelInFile, 'What employees are given: zones and hours')),
    devices: Type.Optional(
      byId(DeviceId, DeviceInFile, 'Terminals and controllers as they are sold, and the readers at their doors'),
    ),
    operatorKeys: Type.Optional(
      Type.Array(DisplayName, {
        description: 'Names of the programs and desks that have an operator’s key. Left out: all keys stay',
      }),
    ),
  },
  { ...closed, $defs: { zone: ZoneSchema } },
);
export type SiteFile = Type.Static<typeof SiteFile>;

/** The JSON Schema that editors read. */
export function siteFileSchema(): string {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Swipegate site file', ...SiteFile };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
