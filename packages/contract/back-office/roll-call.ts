import Type from 'typebox';
import { BuildingId, CardId, EventId, Timestamp } from '../values/identifiers.js';
import { MusterEntry } from '../wire/presence.js';
import { Why } from './change.js';
import { TICK_STATES } from './roll-call-state.js';

export const RollCallId = Type.String({
  pattern: '^rc-\\d{8}T\\d{6}Z-[0-9a-f]{8}$',
  description: 'A roll call. Later ones sort after earlier ones',
  examples: ['rc-20261201T083000Z-1f3a9b02'],
});

const Author = Type.Object({ userId: Type.String(), userName: Type.String() });

/** Number of people by state. */
export const RollCallCounts = Type.Object({
  people: Type.Integer({ minimum: 0, description: 'On the list, late arrivals included' }),
  safe: Type.Integer({ minimum: 0 }),
  left: Type.Integer({ minimum: 0, description: 'Swiped out after the start, without a tick' }),
  missing: Type.Integer({ minimum: 0, description: 'A warden ticked them as missing' }),
  notSeen: Type.Integer({ minimum: 0, description: 'Neither a tick nor a swipe out' }),
});
export type RollCallCounts = Type.Static<typeof RollCallCounts>;

export const RollCall = Type.Object(
  {
    rollCallId: RollCallId,
    buildingId: BuildingId,
    why: Why,
    startedAt: Timestamp,
    startedBy: Author,
    endedAt: Type.Optional(Timestamp),
    endedBy: Type.Optional(Author),
    endedWhy: Type.Optional(Why),
    counts: Type.Optional({ ...RollCallCounts, description: 'Counts at the end; absent while the roll call is open' }),
  },
  { $id: 'RollCall', description: 'A roll call of the people inside a building' },
);
export type RollCall = Type.Static<typeof RollCall>;

export const RollCallList = Type.Object(
  { items: Type.Array(RollCall, { description: 'Open ones first, then ended ones, newest first' }) },
  { $id: 'RollCallList', description: 'Roll calls' },
);
export type RollCallList = Type.Static<typeof RollCallList>;

export const StartRollCall = Type.Object({ buildingId: BuildingId, why: Why }, { additionalProperties: false });
export type StartRollCall = Type.Static<typeof StartRollCall>;

const tick = {
  tickId: { ...EventId, description: 'Idempotency key, made by the telephone: a tick sent twice counts once' },
  cardId: CardId,
  state: Type.Enum([...TICK_STATES], {
    description: '`safe`: seen by the warden; `missing`: known to be missing; `none`: takes an earlier tick back',
  }),
  at: { ...Timestamp, description: 'When the warden tapped. The latest tap of a person counts, whenever it arrives' },
  where: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Assembly point, in words' })),
};

export const MOST_TICKS = 100;

export const PostedTicks = Type.Object(
  { ticks: Type.Array(Type.Object(tick, { additionalProperties: false }), { minItems: 1, maxItems: MOST_TICKS }) },
  { additionalProperties: false },
);
export type PostedTicks = Type.Static<typeof PostedTicks>;

export const RollCallTick = Type.Object({ ...tick, by: Author, receivedAt: Timestamp });
export type RollCallTick = Type.Static<typeof RollCallTick>;

export const TicksTaken = Type.Object(
  { taken: Type.Integer({ description: 'Ticks that are stored now' }) },
  { $id: 'TicksTaken', description: 'The ticks are stored' },
);
export type TicksTaken = Type.Static<typeof TicksTaken>;

export const RollCallView = Type.Object(
  {
    rollCall: RollCall,
    asOf: Timestamp,
    version: Type.String({ description: 'Send it as `since` to get only what has changed' }),
    namesMissing: Type.Optional(Type.Boolean({ description: 'The names could not be read: the list is without them' })),
    people: Type.Optional(
      Type.Array(MusterEntry, {
        description: 'Who was inside at the start, by name. Fixed, so an answer to `since` leaves it out',
      }),
    ),
    arrived: Type.Optional(
      Type.Array(MusterEntry, { description: 'Who is inside now and was not at the start. Absent: unchanged' }),
    ),
    left: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), {
        description: 'Positions in `people` of those whose card is no longer inside. Absent: unchanged',
      }),
    ),
    ticks: Type.Array(RollCallTick, {
      description: 'All ticks, or those since the version. Some may repeat: the latest `at` of a person counts',
    }),
  },
  { $id: 'RollCallView', description: 'The state of a roll call, or what has changed' },
);
export type RollCallView = Type.Static<typeof RollCallView>;
