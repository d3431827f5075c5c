import Type from 'typebox';
import { CardId, identifier, ReaderId, SwipeId, Timestamp } from '../values/identifiers.js';

export const BuildingId = identifier('A building', 'hq');
export const ZoneId = identifier('A zone inside a building', 'hq-offices');
export const ScheduleId = identifier('A weekly schedule', 'office-hours');
export const AccessLevelId = identifier('Zones at the hours of a schedule', 'hq-staff');
export const EmployeeId = identifier('A cardholder', 'emp-00042');

export const Building = Type.Object({
  buildingId: BuildingId,
  name: Type.String(),
  timeZone: Type.String({ description: 'IANA time zone: schedules are read on this building’s clock' }),
});
export type Building = Type.Static<typeof Building>;

const LocalTime = Type.String({ pattern: '^(?:[01]\\d|2[0-3]):[0-5]\\d$|^24:00$' });

/** Each day at this time of the building's clock, an entry from before it no longer counts: who forgot to swipe out may come in. */
const forgiveness = { forgiveAt: Type.Optional(LocalTime) };

/** `hard` denies a second entry without an exit between, `soft` grants and flags it, `timed` denies it for some minutes. */
export const AntiPassback = Type.Union([
  Type.Object({ mode: Type.Literal('none') }),
  Type.Object({ mode: Type.Literal('hard'), ...forgiveness }),
  Type.Object({ mode: Type.Literal('soft'), ...forgiveness }),
  Type.Object({ mode: Type.Literal('timed'), minutes: Type.Number({ exclusiveMinimum: 0 }), ...forgiveness }),
]);
export type AntiPassback = Type.Static<typeof AntiPassback>;

export const Zone = Type.Object({
  zoneId: ZoneId,
  buildingId: BuildingId,
  name: Type.String(),
  antiPassback: AntiPassback,
  occupancyLimit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000, description: 'Persons inside at once' })),
  accompaniment: Type.Optional(
    Type.Object(
      { withinSeconds: Type.Number({ exclusiveMinimum: 0, maximum: 300 }) },
      {
        description:
          'Two-person rule: another cardholder with access must have shown a card at the same reader this recently',
      },
    ),
  ),
});
export type Zone = Type.Static<typeof Zone>;

/** Open within any interval, but never on a holiday. `from` is inside, `until` is not; an interval stays within a day. */
export const Schedule = Type.Object({
  scheduleId: ScheduleId,
  intervals: Type.Array(
    Type.Object({
      days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { description: 'ISO weekdays, 1 = Monday' }),
      from: LocalTime,
      until: LocalTime,
    }),
  ),
  holidays: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), { description: 'Local calendar days' }),
});
export type Schedule = Type.Static<typeof Schedule>;

export const AccessLevel = Type.Object({
  accessLevelId: AccessLevelId,
  zoneIds: Type.Array(ZoneId),
  scheduleId: ScheduleId,
});
export type AccessLevel = Type.Static<typeof AccessLevel>;

export const ReaderMode = Type.Enum(['normal', 'locked-down', 'free']);
export type ReaderMode = Type.Static<typeof ReaderMode>;

export const Reader = Type.Object({
  readerId: ReaderId,
  door: Type.String(),
  buildingId: BuildingId,
  zoneId: ZoneId,
  outerZoneId: Type.Optional(ZoneId),
  direction: Type.Enum(['in', 'out', 'both']),
  mode: ReaderMode,
});
/** `zoneId` is the zone behind the door; going out leads to `outerZoneId`, or outdoors where there is none. */
export type Reader = Type.Static<typeof Reader>;

/** As it is taken from now on; rows may have others. */
export const EmployeeName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^\\P{Cc}*$',
  description: '1 to 128 characters, none of them a control character',
});

export const Employee = Type.Object({
  employeeId: EmployeeId,
  name: Type.String(),
  active: Type.Boolean(),
  accessLevelIds: Type.Array(AccessLevelId),
});
export type Employee = Type.Static<typeof Employee>;

export const CardStatus = Type.Enum([
  'issued',
  'active',
  'suspended',
  'lost',
  'stolen',
  'destroyed',
  'expired',
  'revoked',
]);
export type CardStatus = Type.Static<typeof CardStatus>;

/** `issued` has been printed but not activated. Valid from `validFrom` (inside) until `validUntil` (not inside). */
export const Card = Type.Object({
  cardId: CardId,
  status: CardStatus,
  employeeId: Type.Optional(EmployeeId),
  validFrom: Type.Optional(Timestamp),
  validUntil: Type.Optional(Timestamp),
});
export type Card = Type.Static<typeof Card>;

/** Where a card's holder is. Absent means outdoors. */
export const Place = Type.Object({
  buildingId: BuildingId,
  zoneId: ZoneId,
  since: Timestamp,
  swipeId: SwipeId,
});
export type Place = Type.Static<typeof Place>;

/** A whole site in one document: what the demo is seeded from and what the simulator's people live in. */
export const Site = Type.Object({
  tenantId: Type.String(),
  buildings: Type.Array(Building),
  zones: Type.Array(Zone),
  schedules: Type.Array(Schedule),
  accessLevels: Type.Array(AccessLevel),
  readers: Type.Array(Reader),
  employees: Type.Array(Employee),
  cards: Type.Array(Card),
});
export type Site = Type.Static<typeof Site>;

/** Kinds of rows in the site table, whose partition key is `tenant/kind` and whose sort key is the row's own id. */
export const SITE_KINDS = ['buildings', 'zones', 'schedules', 'access-levels', 'readers', 'reader-keys'] as const;
export type SiteKind = (typeof SITE_KINDS)[number];
