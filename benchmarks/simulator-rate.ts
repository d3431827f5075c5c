/**
 * Request rate of the simulator against autocannon, with equal connections to the same gateway. autocannon sends
 * prepared requests and counts answers. The simulator makes each swipe when it is due, predicts its decision, keeps a
 * ledger of all swipes, and measures two latencies of each.
 *
 *     node benchmarks/dist/simulator-rate.js [--json] [--seconds=4] [--rounds=5]
 */
import { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { closedLoop } from './load/closed-loop.js';
import { swipeRequests } from './load/swipe-bodies.js';
import { median, printJson, printLines, row } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';
import { startGatewayProcess } from './stand-ins/gateway-process.js';
import { simulatedRun } from './stand-ins/simulated-run.js';

const CONNECTIONS = 100;
const REACH = 0.8;
/** More than the gateway can take, so that all connections are always busy, as in a closed loop. */
const OFFERED = 1.5;
/** Upper limit of swipes waiting for an answer. */
const PEOPLE = 2_000;
const WARM_UP_REQUESTS = 20_000;

interface Side {
  rates: number[];
  cpuMicros: number[];
}

const values = readOptions(BENCHMARKS['simulator-rate']);
const seconds = values.seconds;
const roster = new ChildRoster();
const theirs: Side = { rates: [], cpuMicros: [] };
const ours: Side = { rates: [], cpuMicros: [] };
try {
  const gateway = await startGatewayProcess(roster, { streams: { swipes: 8, decisions: 1 }, delayMs: 10 });
  const autocannonTurn = async (requests: number): Promise<number> => {
    const prepared = swipeRequests(gateway.keys, requests, 1);
    const turn = await measured(
      theirs,
      () => closedLoop({ url: gateway.url, connections: CONNECTIONS, requests: prepared }),
      ({ requests: n }) => n,
    );
    return turn.requests / turn.seconds;
  };
  const simulatorTurn = async (rate: number): Promise<number> => {
    const load = { rate, readers: CONNECTIONS, people: PEOPLE, durationMs: seconds * 1_000 };
    const result = await measured(
      ours,
      () => simulatedRun(gateway, load),
      ({ counts }) => counts.accepted,
    );
    return result.counts.accepted / seconds;
  };

  const first = await autocannonTurn(WARM_UP_REQUESTS);
  await simulatorTurn(first * OFFERED);
  theirs.cpuMicros.length = 0;
  ours.cpuMicros.length = 0;
  for (let round = 0; round < values.rounds; round++) {
    const turns = [
      async () => theirs.rates.push(await autocannonTurn(Math.ceil(first * seconds))),
      async () => ours.rates.push(await simulatorTurn(first * OFFERED)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await roster.guard(turn());
  }
  report();
} finally {
  await roster.killAll();
}

/** Runs a turn of one side, and records the CPU time of this process per request. */
async function measured<Result>(
  side: Side,
  turn: () => Promise<Result>,
  requestsOf: (result: Result) => number,
): Promise<Result> {
  const before = process.cpuUsage();
  const result = await turn();
  const { user, system } = process.cpuUsage(before);
  side.cpuMicros.push((user + system) / requestsOf(result));
  return result;
}

function report(): void {
  const ratio = median(ours.rates) / median(theirs.rates);
  printLines(
    `simulator-rate: ${CONNECTIONS} connections to one gateway, single swipes`,
    row('autocannon', theirs.rates, 'requests/s'),
    row('simulator', ours.rates, 'requests/s'),
    row('autocannon', theirs.cpuMicros, 'µs CPU'),
    row('simulator', ours.cpuMicros, 'µs CPU'),
    `  ratio of the rates ${ratio.toFixed(2)} (required: ${REACH}; ${ratio >= REACH ? 'met' : 'missed'})`,
  );
  if (!values.json) return;
  printJson({
    name: 'simulator-rate',
    unit: 'requests/s',
    ours: median(ours.rates),
    baseline: median(theirs.rates),
    ratio,
    cpuRatio: median(theirs.cpuMicros) / median(ours.cpuMicros),
  });
}
