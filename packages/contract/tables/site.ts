import Type from 'typebox';
import { CardFormat, CardNumbers } from '../cards/card-format.js';
import {
  AccessLevelId,
  BuildingId,
  CardId,
  Direction,
  EmployeeId,
  KeyId,
  ReaderId,
  ScheduleId,
  SwipeId,
  TenantId,
  Timestamp,
  ZoneId,
} from '../values/identifiers.js';
import { ThreatLevel } from './lockdown.js';
import { Visit } from './visit.js';

/** Rule for new names of people and places; existing rows may break it. They are stored as `plainText`. */
export const DisplayName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^(?=.*[^\\p{Z}\\p{Cf}\\p{DI}\\u2800])\\P{Cc}*$',
  description: '1 to 128 characters without control characters, at least one of them visible',
});

/** Settings of a tenant. A tenant without a row has the defaults: its id as its name, and `full` card numbers. */
export const Tenant = Type.Object({
  tenantId: TenantId,
  name: Type.String(),
  cardNumbers: CardNumbers,
  threatLevels: Type.Optional(
    Type.Array(ThreatLevel, { maxItems: 8, description: 'Named sets of locks; POST /v1/lockdowns puts one in force' }),
  ),
});
export type Tenant = Type.Static<typeof Tenant>;

export function defaultTenant(tenantId: string): Tenant {
  return { tenantId, name: tenantId, cardNumbers: 'full' };
}

export const Building = Type.Object({
  buildingId: BuildingId,
  name: Type.String(),
  timeZone: Type.String({ description: 'IANA time zone of the building’s schedules' }),
});
export type Building = Type.Static<typeof Building>;

export const LocalTime = Type.String({ pattern: '^(?:[01]\\d|2[0-3]):[0-5]\\d$|^24:00$' });

/** Local time of day at which earlier entries stop counting, so that people who forgot to swipe out can enter again. */
const forgiveness = { forgiveAt: Type.Optional(LocalTime) };

/** For a second entry without an exit: `hard` denies it, `soft` grants and flags it, `timed` denies it for minutes. */
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
  outerZoneId: Type.Optional({
    ...ZoneId,
    description: 'Zone around this one. A new reader of this zone leads out to it. Absent: outdoors',
  }),
  antiPassback: AntiPassback,
  occupancyLimit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 5_000, description: 'Largest number of people inside at once' }),
  ),
  accompaniment: Type.Optional(
    Type.Object(
      { withinSeconds: Type.Number({ exclusiveMinimum: 0, maximum: 300 }) },
      {
        description:
          'Two-person rule: another cardholder with access must have swiped at the same reader within this time',
      },
    ),
  ),
});
export type Zone = Type.Static<typeof Zone>;

/**
 * Open within any interval, by the building's clock. `from` is inclusive, `until` exclusive. An interval whose `until` is
 * earlier than its `from` ends on the next day: a night shift. It belongs to the day on which it begins, so that day's
 * weekday and holidays decide. {@link scheduleFault} names what can never take effect.
 */
export const Schedule = Type.Object({
  scheduleId: ScheduleId,
  intervals: Type.Array(
    Type.Object({
      days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { description: 'ISO weekdays, 1 = Monday' }),
      from: LocalTime,
      until: { ...LocalTime, description: 'Exclusive; earlier than `from` means a time of the next day' },
    }),
  ),
  holidays: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), {
    description: 'Local dates on which no interval begins',
  }),
});
export type Schedule = Type.Static<typeof Schedule>;

export const AccessLevel = Type.Object({
  accessLevelId: AccessLevelId,
  zoneIds: Type.Array(ZoneId),
  scheduleId: ScheduleId,
});
export type AccessLevel = Type.Static<typeof AccessLevel>;

export const ReaderMode = Type.Enum(['normal', 'locked-down', 'free']);

export const Reader = Type.Object({
  readerId: ReaderId,
  door: Type.String(),
  buildingId: BuildingId,
  zoneId: ZoneId,
  outerZoneId: Type.Optional(ZoneId),
  direction: Type.Enum(['in', 'out', 'both']),
  mode: ReaderMode,
  cardFormat: Type.Optional(CardFormat),
  muster: Type.Optional(
    Type.Boolean({
      description:
        'At an assembly point: a swipe here during a roll call of the building ticks the cardholder safe. For direction out alone',
    }),
  ),
});
/** `zoneId` is the zone behind the door. Going out leads to `outerZoneId`, or outdoors without one. */
export type Reader = Type.Static<typeof Reader>;

export const Employee = Type.Object({
  employeeId: EmployeeId,
  name: Type.String(),
  active: Type.Boolean(),
  accessLevelIds: Type.Array(AccessLevelId),
});
export type Employee = Type.Static<typeof Employee>;

/** Access of one person to one zone from `from` (inclusive) until `until` (exclusive), at any hour, beside their access levels. */
export const ZonePermit = Type.Object({
  zoneId: ZoneId,
  from: Timestamp,
  until: Timestamp,
  by: Type.String({ description: 'Name of the user who gave it' }),
  why: Type.String({ description: 'Reason for it, in words for an auditor' }),
});
export type ZonePermit = Type.Static<typeof ZonePermit>;

/** Most permits of one person. */
export const MAX_ZONE_PERMITS = 50;

/** The holder of a card: an employee or a visitor, with all that gives them access. */
export const Cardholder = Type.Object({
  ...Employee.properties,
  zonePermits: Type.Optional(Type.Array(ZonePermit)),
  visit: Type.Optional(Visit),
});
export type Cardholder = Type.Static<typeof Cardholder>;

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

/** `issued`: printed but not activated. Valid from `validFrom` (inclusive) until `validUntil` (exclusive). */
export const Card = Type.Object({
  cardId: CardId,
  status: CardStatus,
  employeeId: Type.Optional(EmployeeId),
  validFrom: Type.Optional(Timestamp),
  validUntil: Type.Optional(Timestamp),
  isTraced: Type.Optional(
    Type.Boolean({ description: 'Each swipe of the card raises the alarm `trace`. No decision depends on it' }),
  ),
});
export type Card = Type.Static<typeof Card>;

/**
 * Place of a cardholder. Absent means outdoors. `readerId` and `direction` are those of the swipe that led there; a
 * card that was linked inside has neither, nor has a row from before they were stored.
 */
export const Place = Type.Object({
  buildingId: BuildingId,
  zoneId: ZoneId,
  since: Timestamp,
  swipeId: SwipeId,
  readerId: Type.Optional(ReaderId),
  direction: Type.Optional(Direction),
});
export type Place = Type.Static<typeof Place>;

/** Key of a program or a guard's desk that reads swipes and movements. The row also holds the key's hash. */
export const OperatorKey = Type.Object({
  keyId: KeyId,
  name: Type.String(),
  issuedAt: Type.Optional(Timestamp),
  notAfter: Type.Optional({ ...Timestamp, description: 'The key is rejected from this moment on' }),
});
export type OperatorKey = Type.Static<typeof OperatorKey>;

/** A whole site in one document: seeds the demo, and is the world of the simulator's people. */
export const Site = Type.Object({
  tenantId: Type.String(),
  buildings: Type.Array(Building),
  zones: Type.Array(Zone),
  schedules: Type.Array(Schedule),
  accessLevels: Type.Array(AccessLevel),
  readers: Type.Array(Reader),
  employees: Type.Array(Cardholder),
  cards: Type.Array(Card),
});
export type Site = Type.Static<typeof Site>;

/** Kinds of rows in the site table. Partition key: `tenant/kind`; sort key: the id of the row. */
export const SITE_KINDS = [
  'tenant',
  'buildings',
  'zones',
  'schedules',
  'access-levels',
  'readers',
  'reader-keys',
  'operator-keys',
  'devices',
  'lockdowns',
] as const;
export type SiteKind = (typeof SITE_KINDS)[number];
