import type { Point, Scenario } from './scenario.js';

/** @param points elapsed share of the run, and the value there */
function curve(...points: [at: number, value: number][]): Point[] {
  return points.map(([at, value]) => ({ at, value }));
}

const TURNSTILE_SOURCE =
  'Turnstiles: 20 to 30 people a minute (https://dimensions.com/collection/turnstiles); about 20 in ordinary use ' +
  '(https://haywardturnstiles.com/learning-center/before-you-buy-2/how-many-turnstiles-do-i-need).';
const TAILGATING_SOURCE =
  'Tailgating, forgotten swipes, wrong sides, second taps: assumed. Surveys (Boon Edam, 2019) say that tailgating is common, but give no rate.';

/** The default of `npm start`: normal traffic at a constant rate. */
export const steady: Scenario = {
  name: 'steady',
  title: 'People come and go at one rate',
  sources: ['Rate: assumed, for watching a site and for comparing runs.', TURNSTILE_SOURCE],
  duration: '1m',
  rate: 20,
};

/** The built-in scenarios, simplest first. */
export const SCENARIOS: readonly Scenario[] = [
  steady,
  // 5,000 people in two buildings. The peak, 12 % in five minutes, is 2 a second. An hour is played in five minutes.
  {
    name: 'office-morning',
    title: 'Morning rush into two office buildings',
    sources: [
      'Peak: 12 % of the people in 5 minutes, of whom 10 % go out (BCO Guide to Specification 2014, as given by https://adsimulo.com/bco-2014-standard-now-included/).',
      'Measured in nine London buildings: 6 % (Stanhope 2004, https://www.designingbuildings.co.uk/wiki/Lifts_for_office_buildings).',
      'The hour from 8 to 9 is played in 5 minutes, 12 times as fast; --duration 1h --rate 2 plays it in real time.',
      TURNSTILE_SOURCE,
      TAILGATING_SOURCE,
    ],
    duration: '5m',
    rate: 24,
    profile: curve([0, 0.1], [0.25, 0.55], [0.45, 1], [0.55, 1], [0.8, 0.5], [1, 0.2]),
    inbound: curve([0, 0.9]),
    buildings: [3, 2],
    people: { strangers: 0.01, lostCards: 0.002, wrongSide: 0.02, tailgating: 0.05, forgetsToSwipeOut: 0.02 },
    thresholds: ['decision.p99<1s', 'errors==0'],
  },
  {
    name: 'lunch',
    title: 'Everyone goes out for lunch and comes back',
    sources: [
      'Peak: 13 % of the people in 5 minutes, both ways (BCO Guide to Specification 2014, as given by https://adsimulo.com/bco-2014-standard-now-included/); with 5,000 people, 2.2 a second.',
      'Played 12 times as fast. The first third of the run fills the buildings.',
      TURNSTILE_SOURCE,
      TAILGATING_SOURCE,
    ],
    duration: '6m',
    rate: 26,
    profile: curve([0, 0.8], [0.33, 0.8], [0.36, 0.3], [0.5, 1], [0.85, 1], [1, 0.3]),
    inbound: curve([0, 0.97], [0.34, 0.95], [0.4, 0.1], [0.55, 0.2], [0.75, 0.8], [1, 0.95]),
    people: { tailgating: 0.05, forgetsToSwipeOut: 0.03, wrongSide: 0.02, tapsTwice: 0.02 },
    thresholds: ['decision.p99<1s', 'errors==0'],
  },
  {
    name: 'stadium',
    title: 'Gates open; the flow grows to kick-off',
    sources: [
      'Turnstiles: no more than 660 people an hour each, 11 a minute (Guide to Safety at Sports Grounds, chapter 7; https://sgsa.org.uk/physical-factors/circulation/ingress/).',
      'Shape: assumed. Half come in the last third before kick-off, and few are late.',
      'The last hour is played in 4 minutes, with the people of the site and as many readers as the rate needs.',
    ],
    duration: '4m',
    rate: 25,
    profile: curve([0, 0.2], [0.5, 0.55], [0.85, 1], [0.93, 1], [1, 0.2]),
    inbound: curve([0, 1]),
    people: { strangers: 0.03, lostCards: 0.005, wrongSide: 0.01 },
    readers: { perMinute: 11 },
    thresholds: ['decision.p99<1s', 'errors==0'],
  },
  // One morning of the whole London Underground, with as many gates as its taps need.
  {
    name: 'metro',
    title: 'Morning peak of the London Underground',
    sources: [
      '332,000 taps in from 8 to 9 on 6 September 2021: 92 a second (Transport for London, https://therailwayhub.co.uk/61161/londons-tube-network-sees-busiest-morning-since-start-of-pandemic). Without a pandemic there are twice as many: --rate 370.',
      'As many taps out: each journey ends at a gate.',
      'Gates: 30 people a minute, like plain turnstiles. A gate that waits for a decision is no faster.',
    ],
    duration: '2m',
    warmUp: '10s',
    rate: 184,
    profile: curve([0, 0.85], [0.5, 1], [1, 0.8]),
    people: { strangers: 0.005, lostCards: 0.002, wrongSide: 0.01, tailgating: 0.01 },
    thresholds: ['decision.p99<2s', 'errors==0'],
  },
  // The buildings fill, an alarm goes off, and everyone leaves. Nothing may hold them up.
  {
    name: 'evacuation',
    title: 'Buildings fill, then all leave at an alarm',
    sources: [
      'Doorways: 1.3 people a second and metre (IMO MSC.1/Circ.1533 after the SFPE Handbook, https://www.imorules.com/GUID-988C5148-AFCB-414E-927E-88242C265E57.html): a turnstile that swings free, 0.9 m wide, passes 70 a minute.',
      'Swiping out: assumed. Most people still do it, which is the hardest case for the gateway.',
      'npm run demo:evacuation shows the muster list of this scenario.',
    ],
    duration: '2m',
    rate: 80,
    profile: curve([0, 0.8], [0.5, 0.8], [0.52, 0.05], [0.55, 0.05], [0.57, 1], [0.85, 1], [1, 0.1]),
    inbound: curve([0, 1], [0.52, 1], [0.55, 0]),
    people: { strangers: 0, lostCards: 0, wrongSide: 0, forgetsToSwipeOut: 0.05 },
    readers: { perMinute: 70 },
    thresholds: ['ack.p99<1s', 'errors==0'],
  },
  {
    name: 'night',
    title: 'Few people, heartbeats, readers offline',
    sources: [
      'People: assumed, cleaners and guards. A heartbeat every 30 s is common for door controllers.',
      'Clocks: readers that ask a time server once a day are off by a second or two (quartz: 20 ppm is 1.7 s a day).',
    ],
    duration: '10m',
    rate: 0.5,
    people: { strangers: 0.02, wrongSide: 0.02, tailgating: 0.01 },
    readers: { perMinute: 20, clockSkewMs: 1_700, heartbeat: '30s', offline: { share: 0.2, every: '2m', for: '20s' } },
    thresholds: ['errors==0'],
  },
  // Long enough to reveal leaks.
  {
    name: 'soak',
    title: 'An hour with controllers and offline spells',
    sources: [
      'Rate and mixture: assumed. Half of the doors are on controllers, which post arrays or NDJSON.',
      TURNSTILE_SOURCE,
      TAILGATING_SOURCE,
    ],
    duration: '1h',
    warmUp: '30s',
    rate: 50,
    people: { tailgating: 0.02, forgetsToSwipeOut: 0.02, duress: 0.0005 },
    readers: {
      single: 0.5,
      array: 0.3,
      ndjson: 0.2,
      clockSkewMs: 1_000,
      heartbeat: '1m',
      offline: { share: 0.05, every: '10m', for: '1m' },
    },
    thresholds: ['decision.p99<2s', 'errors==0'],
  },
  {
    name: 'spike',
    title: 'Ten times as many people, and back',
    sources: ['Ten times: assumed, as is common in load tests: a train arrives, a talk ends.', TURNSTILE_SOURCE],
    duration: '2m',
    rate: 20,
    profile: curve([0, 1], [0.4, 1], [0.42, 10], [0.58, 10], [0.6, 1]),
    thresholds: ['ack.p99<1s', 'decision.p99<3s', 'errors==0'],
  },
  {
    name: 'step-to-failure',
    title: 'Finds the highest rate that holds',
    sources: [
      'Thresholds: assumed. A second is long for a person at a door; a reader gives up on an acknowledgement sooner.',
      'Turnstiles have no limit here, so that only the gateway is measured.',
    ],
    duration: '15s',
    warmUp: '5s',
    rate: 100,
    readers: { perMinute: 'unlimited' },
    thresholds: ['ack.p99<250ms', 'decision.p99<1s', 'errors==0'],
    search: { from: 100, most: 50_000, within: 0.1, probe: '15s' },
  },
  {
    name: 'attack',
    title: 'Forged, replayed, malformed and slow posts',
    sources: [
      'Kinds: OWASP API Security Top 10, 2023 (broken authentication, unrestricted resource consumption, https://owasp.org/API-Security/), and slow requests in the manner of Slowloris.',
      'Shares: assumed. A quarter of all posts are hostile.',
    ],
    duration: '2m',
    rate: 40,
    attack: {
      unknownCard: 0.04,
      wrongKey: 0.05,
      otherReadersKey: 0.05,
      replayed: 0.05,
      malformed: 0.05,
      slowClient: 0.005,
    },
    thresholds: ['decision.p99<1s', 'errors==0'],
  },
  // Readers as they are sold: each make with its own memory, faults and firmware.
  {
    name: 'devices',
    title: 'Terminals and controllers of each make',
    sources: [
      'Faults: what implementers of the protocols report (docs/readers). Shares: assumed, far above those of a real site.',
      'Needs the device port (npm start -- --device-port 8090). The run adds readers, people and cards named sim-… to the site, and removes its devices at the end.',
      TURNSTILE_SOURCE,
    ],
    duration: '40s',
    warmUp: '2s',
    rate: 12,
    people: { strangers: 0.08, lostCards: 0, wrongSide: 0.15 },
    readers: { perMinute: 60 },
    devices: {
      counts: {
        'zkteco-clock': 3,
        'zkteco-panel': 3,
        'zkteco-online': 4,
        'control-id': 3,
        dahua: 3,
        hikvision: 3,
        hook: 2,
      },
      repeats: 0.15,
      offline: { share: 0.6, every: '12s', for: '4s' },
      hostile: '1s',
    },
    thresholds: ['decision.p99<4s', 'errors==0'],
  },
];
