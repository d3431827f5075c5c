import Type from 'typebox';

// A scenario is plain data, which `swipegate-sim init` writes as JSON. Missing members take SCENARIO_DEFAULTS.

const share = (description?: string) =>
  Type.Number({ minimum: 0, maximum: 1, ...(description === undefined ? {} : { description }) });
const duration = (description: string) => Type.String({ pattern: '^\\d+(\\.\\d+)?[smh]$', description });

/** A point of a curve over the run. `at` is the elapsed share of the run. Values between points are linear. */
const Point = Type.Object(
  { at: share(), value: Type.Number({ minimum: 0, maximum: 100 }) },
  { additionalProperties: false },
);
export type Point = Type.Static<typeof Point>;

const People = Type.Object(
  {
    strangers: Type.Optional(share('Share of swipes with an unknown card')),
    lostCards: Type.Optional(share('Share of swipes with a card reported lost or stolen')),
    wrongSide: Type.Optional(share('Share of people who show their card on the wrong side of a door')),
    tailgating: Type.Optional(share('Share of people who go in behind someone else, without showing a card')),
    forgetsToSwipeOut: Type.Optional(share('Share of people who go out without showing a card')),
    duress: Type.Optional(share('Share of swipes that signal duress')),
    tapsTwice: Type.Optional(share('Share of cardholders who show their card again at once')),
  },
  { additionalProperties: false },
);

const OfflineSpells = Type.Union(
  [
    Type.Object(
      {
        share: share('Share of readers that go offline at times'),
        every: duration('Mean time from the end of one offline spell to the next'),
        for: duration('How long an offline spell lasts'),
      },
      { additionalProperties: false },
    ),
    Type.Null(),
  ],
  { description: 'Offline spells, in which readers decide alone; they post their swipes afterwards' },
);

const Readers = Type.Object(
  {
    perMinute: Type.Optional(
      Type.Union([Type.Number({ minimum: 0.1, maximum: 100_000 }), Type.Literal('unlimited')], {
        description: 'Maximum people a minute at one turnstile',
      }),
    ),
    single: Type.Optional(share('Share of readers that post each swipe in its own request')),
    array: Type.Optional(share('Share of readers that post through a controller, as JSON arrays')),
    ndjson: Type.Optional(share('Share of readers that post through a controller, as NDJSON')),
    controllerLingerMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 60_000, description: 'Linger: how long a controller collects swipes, ms' }),
    ),
    waits: Type.Optional(
      Type.Enum(['in', 'always', 'never'], {
        description: 'Which readers wait for the decision (Prefer: wait): those that lead in, all, or none',
      }),
    ),
    clockSkewMs: Type.Optional(
      Type.Number({ minimum: 0, maximum: 86_400_000, description: 'Standard deviation of the readers’ clocks, ms' }),
    ),
    heartbeat: Type.Optional(
      Type.Union([duration('A number and s, m or h'), Type.Null()], {
        description: 'Time between two heartbeats of a reader',
      }),
    ),
    offline: Type.Optional(OfflineSpells),
  },
  { additionalProperties: false },
);

/** Hostile posts, as shares of all arrivals. The gateway must reject them, or answer a replay like the first post. */
const Attack = Type.Object(
  {
    unknownCard: Type.Optional(share()),
    wrongKey: Type.Optional(share()),
    otherReadersKey: Type.Optional(share()),
    replayed: Type.Optional(share()),
    malformed: Type.Optional(share()),
    slowClient: Type.Optional(share()),
  },
  { additionalProperties: false },
);
export type Attack = Type.Static<typeof Attack>;
export type AttackKind = keyof Attack;

/** Finds the highest rate that still meets the thresholds, by bisection. */
const Search = Type.Object(
  {
    from: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000, description: 'The first rate tried, swipes/s' }),
    most: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1_000_000,
      description: 'No rate above this is tried, swipes/s',
    }),
    within: Type.Number({
      minimum: 0.01,
      maximum: 1,
      description: 'Ends when the answer is known to within this share',
    }),
    probe: duration('How long a rate must hold'),
  },
  { additionalProperties: false },
);
export type Search = Type.Static<typeof Search>;

/** Kinds of virtual devices. `zkteco-clock` and `zkteco-panel` decide alone; the others ask. */
export const DEVICE_KINDS = [
  'zkteco-clock',
  'zkteco-panel',
  'zkteco-online',
  'control-id',
  'dahua',
  'hikvision',
  'hook',
] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

const MOST_DEVICES = 200;
const Devices = Type.Object(
  {
    counts: Type.Object(
      Object.fromEntries(
        DEVICE_KINDS.map((kind) => [kind, Type.Optional(Type.Integer({ minimum: 0, maximum: MOST_DEVICES }))]),
      ),
      { additionalProperties: false, description: 'Number of devices of each kind' },
    ),
    repeats: Type.Optional(
      share('Share of bodies that a device sends again after their OK, and of questions that it asks twice'),
    ),
    offline: Type.Optional(OfflineSpells),
    hostile: Type.Optional(
      Type.Union([duration('A number and s, m or h'), Type.Null()], {
        description: 'Mean time between two requests of hostile devices',
      }),
    ),
  },
  { additionalProperties: false, description: 'Virtual devices, which replace the readers' },
);
type Devices = Type.Static<typeof Devices>;
export type DeviceTraffic = Required<Devices>;

const DEVICE_DEFAULTS = { repeats: 0.1, offline: null, hostile: null } satisfies Partial<Devices>;

export const Scenario = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
    title: Type.String({ minLength: 1, maxLength: 100 }),
    sources: Type.Array(Type.String(), { description: 'Sources of the numbers, one per item' }),
    duration: duration('How long it runs, without the warm-up'),
    warmUp: Type.Optional(duration('Time before the run in which the rate rises; not measured')),
    rate: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000, description: 'Swipes/s where `profile` is 1' }),
    arrivals: Type.Optional(Type.Enum(['poisson', 'even'])),
    profile: Type.Optional(
      Type.Array(Point, { minItems: 1, description: 'The rate over the run, as a multiple of `rate`' }),
    ),
    inbound: Type.Optional(Type.Array(Point, { minItems: 1, description: 'Share of people who are going in' })),
    buildings: Type.Optional(
      Type.Array(Type.Number({ minimum: 0 }), {
        minItems: 1,
        description: 'Weight of each building in the traffic, in the site’s order; missing ones get 1',
      }),
    ),
    people: Type.Optional(People),
    readers: Type.Optional(Readers),
    attack: Type.Optional(Attack),
    devices: Type.Optional(Devices),
    thresholds: Type.Optional(Type.Array(Type.String({ examples: ['ack.p99<50ms', 'lost==0'] }))),
    search: Type.Optional(Search),
  },
  { $id: 'Scenario', additionalProperties: false, description: 'A run of the simulator' },
);
export type Scenario = Type.Static<typeof Scenario>;

export interface WholeScenario extends Required<Omit<Scenario, 'search' | 'people' | 'readers' | 'devices'>> {
  people: Required<Type.Static<typeof People>>;
  readers: Required<Type.Static<typeof Readers>>;
  /** Undefined: readers post the swipes. */
  devices: DeviceTraffic | undefined;
  search: Search | undefined;
}

/** Defaults of missing members. A plain turnstile passes 20 to 30 people a minute (DIN and makers' data sheets). */
const SCENARIO_DEFAULTS = {
  warmUp: '5s',
  arrivals: 'poisson',
  profile: [{ at: 0, value: 1 }],
  inbound: [{ at: 0, value: 0.5 }],
  buildings: [1],
  people: {
    strangers: 0.02,
    lostCards: 0.01,
    wrongSide: 0.08,
    tailgating: 0,
    forgetsToSwipeOut: 0,
    duress: 0,
    tapsTwice: 0,
  },
  readers: {
    perMinute: 30,
    single: 1,
    array: 0,
    ndjson: 0,
    controllerLingerMs: 200,
    waits: 'in',
    clockSkewMs: 0,
    heartbeat: null,
    offline: null,
  },
  attack: {},
  thresholds: [],
} satisfies Partial<Scenario>;

/** Fills the missing members of a scenario with {@link SCENARIO_DEFAULTS}. */
export function wholeScenario(scenario: Scenario): WholeScenario {
  return {
    ...SCENARIO_DEFAULTS,
    ...scenario,
    people: { ...SCENARIO_DEFAULTS.people, ...scenario.people },
    readers: { ...SCENARIO_DEFAULTS.readers, ...scenario.readers },
    devices: scenario.devices && { ...DEVICE_DEFAULTS, ...scenario.devices },
    search: scenario.search,
  };
}

/** Value of a curve at a share of the run: linear between points, constant before the first and after the last. */
export function valueAt(line: readonly Point[], at: number): number {
  let before: Point | undefined;
  for (const point of line) {
    if (point.at >= at) {
      if (before === undefined || point.at === before.at) return point.value;
      return before.value + ((point.value - before.value) * (at - before.at)) / (point.at - before.at);
    }
    before = point;
  }
  return before?.value ?? 0;
}
