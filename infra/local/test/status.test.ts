import { stripVTControlCharacters } from 'node:util';
import { clock } from '@swipegate/terminal/figures';
import { ink, wantsColor } from '@swipegate/terminal/ink';
import t from 'tap';
import { readTotals } from '../metrics/scrape.js';
import { StatusFeed, type StatusView, statusLine, statusLines } from '../start/status.js';
import { isSound, type Summary, summaryJson, summaryLines } from '../start/summary.js';

const plain = { color: false, columns: 80, rows: 24 };

function view(change: Partial<StatusView> = {}): StatusView {
  return {
    elapsedMs: 83_400,
    durationMs: 300_000,
    simulated: { readers: 24, rate: 20 },
    gatewayAnswers: true,
    acceptedPerSecond: 20.04,
    decidedPerSecond: 19.9,
    accepted: 1_668,
    granted: { granted: 1_490, 'passback-detected': 12 },
    denied: { 'denied-passback': 20, 'denied-zone-no-access-rights': 140, 'denied-lockout': 4 },
    recorded: {},
    p50Ms: 8.234,
    p99Ms: 151.7,
    inFlight: 2,
    overdue: 0,
    ...change,
  };
}

t.test('the live status', async (t) => {
  t.strictSame(statusLines(view(), plain), [
    'Swipegate 01:23 of 05:00   24 virtual readers, target 20 swipes/s',
    '  accepted      20.0 /s           1,668',
    '  decided       19.9 /s           1,666',
    '  swipe to decision   p50   8.2 ms   p99   152 ms',
    '  in flight      2   lost or overdue      0',
    '  granted                                         1,502  90.2 %  ############',
    '    passback-detected                                12   0.7 %',
    '  denied                                            164   9.8 %  #',
    '    denied-zone-no-access-rights                    140   8.4 %',
    '    denied-passback                                  20   1.2 %',
    '    denied-lockout                                    4   0.2 %',
    'Ctrl-C stops everything and reconciles every swipe.',
  ]);
});

t.test('the live status before the first swipe, without virtual readers', async (t) => {
  const nothing = view({
    elapsedMs: 0,
    durationMs: undefined,
    simulated: undefined,
    acceptedPerSecond: 0,
    decidedPerSecond: 0,
    accepted: 0,
    granted: {},
    denied: {},
    recorded: {},
    p50Ms: undefined,
    p99Ms: undefined,
    inFlight: 0,
    overdue: undefined,
  });
  t.strictSame(statusLines(nothing, plain), [
    'Swipegate 00:00   waiting for your readers',
    '  accepted       0.0 /s               0',
    '  decided        0.0 /s               0',
    '  swipe to decision   p50     -      p99     -   ',
    '  in flight or posted twice      0',
    '  granted                                             0   0.0 %',
    '  denied                                              0   0.0 %',
    'Ctrl-C stops everything and reconciles every swipe.',
  ]);
  t.equal(
    statusLine(nothing),
    '00:00  accepted 0 (0/s)  decided 0 (0 granted, 0 denied)  p50 - p99 -  in flight or posted twice 0',
  );
});

t.test('the status shows an unresponsive gateway and overdue decisions', async (t) => {
  t.match(statusLines(view({ gatewayAnswers: false }), plain).join('\n'), /gateway not responding/);
  t.match(statusLine(view({ gatewayAnswers: false })), /GATEWAY NOT RESPONDING/);
  const overdue = statusLines(view({ overdue: 3 }), { ...plain, color: true })[4] ?? '';
  t.equal(overdue, ink(true).red(stripVTControlCharacters(overdue)));
  t.match(overdue, /lost or overdue {6}3/);
});

t.test('the status fits the terminal, whatever the figures', async (t) => {
  const huge = view({
    elapsedMs: 360_000_000,
    durationMs: 2_000_000_000,
    simulated: { readers: 100_000, rate: 1_000_000 },
    acceptedPerSecond: 1e6,
    decidedPerSecond: 1e6,
    accepted: 9_999_999_999,
    granted: { granted: 9_999_999_999 },
    denied: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`denied-${'x'.repeat(60)}-${i}`, 1e9 + i])),
    p50Ms: 100_000,
    p99Ms: 1_000_000,
    inFlight: 10_000_000,
    overdue: 10_000_000,
  });
  for (const [columns, rows] of [
    [80, 24],
    [40, 10],
    [200, 60],
  ] as const) {
    const lines = statusLines(huge, { color: false, columns, rows });
    t.ok(
      lines.every((line) => line.length < Math.min(columns, 80)),
      `${columns} columns`,
    );
    t.ok(lines.length < rows, `${rows} rows`);
  }
});

t.test('a long reason does not shift the counts', async (t) => {
  const reason = `denied-${'x'.repeat(33)}`;
  const lines = statusLines(view({ denied: { 'denied-lockout': 4, [reason]: 99_999_999 } }), plain);
  const ends = lines.map((line) => line.indexOf(' %')).filter((at) => at > 0);
  t.equal(new Set(ends).size, 1, lines.join('\n'));
  t.match(lines.join('\n'), `${reason} 99,999,999`);
});

t.test('with few rows the status says how much it leaves out', async (t) => {
  t.match(statusLines(view({ recorded: { granted: 2 } }), plain).join('\n'), /recorded +2 /);
  const denied = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`denied-${i}`, 20 - i]));
  const lines = statusLines(view({ denied }), { ...plain, rows: 17 });
  t.equal(lines.length, 16);
  t.match(lines.at(-3), /denied-5/);
  t.equal(lines.at(-2), '    … and 14 more lines');
});

t.test('colour is used only on a terminal and without NO_COLOR', async (t) => {
  t.equal(wantsColor({ isTTY: true }, {}), true);
  t.equal(wantsColor({ isTTY: true }, { NO_COLOR: '' }), true, 'an empty NO_COLOR says nothing');
  t.equal(wantsColor({ isTTY: true }, { NO_COLOR: '1' }), false);
  t.equal(wantsColor({ isTTY: true }, { TERM: 'dumb' }), false);
  t.equal(wantsColor({}, {}), false);
  t.equal(ink(false).red('x'), 'x');
  t.notOk(statusLines(view(), plain).join('').includes('\u001b'));
  const bare = statusLines(view(), { ...plain, color: true }).map((line) => stripVTControlCharacters(line));
  t.strictSame(bare, statusLines(view(), plain), 'colour changes no character');
});

t.test('times', async (t) => {
  t.equal(clock(59_999), '00:59');
  t.equal(clock(3_600_000), '01:00:00');
  t.equal(clock(100 * 3_600_000 + 61_000), '100:01:01');
});

const metrics = (accepted: number, granted: number, lockout: number) => `# HELP swipegate_swipes_accepted_total Swipes
# TYPE swipegate_swipes_accepted_total counter
swipegate_swipes_accepted_total ${accepted}
swipegate_decisions_total{outcome="granted",reason="granted"} ${granted}
swipegate_decisions_total{reason="denied-lockout",outcome="denied"} ${lockout}
swipegate_swipe_to_decision_seconds_bucket{le="0.01"} 0
swipegate_swipe_to_decision_seconds_bucket{le="0.02"} 50
swipegate_swipe_to_decision_seconds_bucket{le="0.05"} 98
swipegate_swipe_to_decision_seconds_bucket{le="+Inf"} 100
swipegate_ack_seconds_bucket{le="0.002"} 0
swipegate_ack_seconds_bucket{le="+Inf"} 0
nodejs_version_info{version="v20.0.0",major="20"} 1
`;

t.test('reading the gateway’s counters', async (t) => {
  const recorded = 'swipegate_decisions_total{reason="granted",outcome="recorded"} 3\n';
  t.strictSame(readTotals(metrics(12, 9, 2) + recorded), {
    accepted: 12,
    granted: { granted: 9 },
    denied: { 'denied-lockout': 2 },
    recorded: { granted: 3 },
    ackP50Ms: undefined,
    ackP99Ms: undefined,
    decisionP50Ms: 20,
    decisionP99Ms: 50,
  });
  t.match(readTotals('nonsense\n\n'), { accepted: 0, granted: {}, denied: {} });
});

t.test('rates cover the last seconds; an unresponsive gateway keeps its last figures', async (t) => {
  const feed = new StatusFeed(1_000, undefined);
  const at = (atMs: number, text: string | undefined) =>
    feed.view({ atMs, totals: text === undefined ? undefined : readTotals(text), simulated: undefined });
  t.match(at(2_000, metrics(20, 10, 5)), {
    acceptedPerSecond: 20,
    decidedPerSecond: 15,
    inFlight: 5,
    elapsedMs: 1_000,
  });
  for (let s = 3; s <= 9; s++) at(s * 1_000, metrics(20 * (s - 1), 20 * (s - 1), 0));
  t.match(at(10_000, metrics(280, 180, 0)), { acceptedPerSecond: 40, decidedPerSecond: 20 });
  t.match(at(11_000, undefined), { gatewayAnswers: false, acceptedPerSecond: 0, accepted: 280, inFlight: 100 });
  const simulated = { readers: 3, rate: 7, p50Ms: 1, p99Ms: 2, inFlight: 4, overdue: 5 };
  t.match(feed.view({ atMs: 12_000, totals: readTotals(metrics(300, 290, 0)), simulated }), {
    simulated: { readers: 3, rate: 7 },
    p50Ms: 1,
    p99Ms: 2,
    inFlight: 4,
    overdue: 5,
  });
});

function summary(change: Partial<Summary> = {}): Summary {
  return {
    elapsedMs: 20_010,
    accepted: 401,
    decided: 401,
    granted: { granted: 380, 'passback-detected': 1 },
    denied: { 'denied-lockout': 20 },
    recorded: {},
    lost: 0,
    duplicated: 0,
    wrong: 0,
    changed: 0,
    reordered: 0,
    ackP50Ms: 7.123,
    ackP99Ms: 20.5,
    decisionP50Ms: 30,
    decisionP99Ms: 130,
    byOthers: 1,
    failures: [],
    notes: [],
    ...change,
  };
}

t.test('the summary for people', async (t) => {
  const lines = summaryLines(summary());
  t.strictSame(lines, [
    'Summary of 00:20',
    '  accepted                                         401',
    '    of these from other clients                      1',
    '  decided                                          401',
    '    granted                                        381',
    '      passback-detected                              1',
    '    denied                                          20',
    '      denied-lockout                                20',
    '  lost                                               0',
    '  duplicated                                         0',
    '  wrong                                              0',
    '  changed                                            0',
    '  reordered                                          0',
    '  swipe to durable (acknowledged) p50   7.1 ms   p99    21 ms',
    '  swipe to decision               p50    30 ms   p99   130 ms',
    'Every accepted swipe has exactly one correct decision.',
  ]);
  t.ok(lines.every((line) => line.length < 80));
});

t.test('a run is sound only without any fault', async (t) => {
  t.ok(isSound(summary()));
  for (const bad of [
    { lost: 1 },
    { duplicated: 1 },
    { wrong: 1 },
    { changed: 1 },
    { reordered: 1 },
    { decided: 400 },
    { failures: ['x'] },
  ]) {
    t.notOk(isSound(summary(bad)), JSON.stringify(bad));
    t.match(summaryLines(summary(bad)).at(-1), /^NOT SOUND/);
  }
});

t.test('the summary for machines', async (t) => {
  t.strictSame(summaryJson(summary({ ackP50Ms: null, byOthers: undefined })), {
    ok: true,
    accepted: 401,
    decided: 401,
    lost: 0,
    duplicated: 0,
    wrong: 0,
    changed: 0,
    reordered: 0,
    failures: [],
    notes: [],
    granted: 381,
    denied: 20,
    recorded: 0,
    reasons: { granted: 380, 'passback-detected': 1, 'denied-lockout': 20 },
    ackP50Ms: null,
    ackP99Ms: 20.5,
    decisionP50Ms: 30,
    decisionP99Ms: 130,
    byOthers: null,
    elapsedMs: 20_010,
  });
});
