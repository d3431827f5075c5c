import { startChild } from '@swipegate/infra/local/processes/child';
import { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { gatewayNodeOptions } from '@swipegate/infra/resources';
import { closedLoop, type Turn } from '../load/closed-loop.js';
import { type ReaderKey, swipeRequests } from '../load/swipe-bodies.js';
import { median, printJson, printLines, row } from '../measure/figures.js';
import { BENCHMARKS, readOptions } from '../measure/options.js';
import { type ProcessUsage, UsageReader, usageEnv } from '../measure/process-usage.js';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.js';

export interface AgainstBare {
  name: 'gateway-single' | 'gateway-batch';
  /** Swipes per request: 1 is posted as an object, more as an array. */
  swipes: number;
  /** Status of a fully accepted request. */
  status: number;
  connections: number;
  /** Shards of the stream: enough to keep each below the 1 MB/s of AWS. */
  shards: number;
  /** Required and target ratio of CPU time, bare over ours. */
  reach: number;
  aim: number;
}

/** Typical duration of PutRecords within a region, ms. */
const KINESIS_MS = 10;
const MAX_REQUEST_BYTES = 200e6;
const BYTES_A_SWIPE = 170;

interface Side {
  url: string;
  keys: ReaderKey[];
  usage(): Promise<ProcessUsage>;
  /** Swipes per second, and CPU time per swipe in µs, of each counted round. */
  rates: number[];
  cpuMicros: number[];
  /** Requests per turn. */
  amount: number;
}

type GatewaySide = Side & GatewayProcess;

/**
 * Compares the gateway with a bare Fastify route that only validates, in turns: swipes/s, and CPU time per swipe of the
 * whole process. The second is the reliable one, because load generator, sink and server share the machine. One gateway
 * sends to Kinesis over plain HTTP, another over TLS, as on AWS.
 */
export async function againstBare(options: AgainstBare): Promise<void> {
  const values = readOptions(BENCHMARKS[options.name]);
  const roster = new ChildRoster();
  try {
    const [ours, overTls] = [await startGateway(roster, options, false), await startGateway(roster, options, true)];
    const bare = await startBare(roster, options.swipes > 1 ? 'batch' : 'single', ours.keys);
    const sides = [ours, overTls, bare];
    for (const side of sides) await roster.guard(warmUp(side, options, values.seconds));
    const before = await Promise.all([counts(ours), counts(overTls)]);
    let sent = 0;
    for (let round = 0; round < values.rounds; round++) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const { requests } = await roster.guard(turn(side, options, side.amount));
        if (side !== bare) sent += requests * options.swipes;
      }
    }
    const after = await Promise.all([counts(ours), counts(overTls)]);
    for (const name of ['accepted', 'stored'] as const) {
      const count = after.reduce((sum, each, i) => sum + each[name] - (before[i]?.[name] ?? 0), 0);
      if (count !== sent) throw new Error(`${sent} swipes sent, but ${count} ${name}`);
    }
    report(options, { ours, overTls, bare }, sent, values.json);
  } finally {
    await roster.killAll();
  }
}

async function startGateway(roster: ChildRoster, { shards }: AgainstBare, tls: boolean): Promise<GatewaySide> {
  const streams = { swipes: shards, decisions: 1 };
  const gateway = await startGatewayProcess(roster, { streams, delayMs: KINESIS_MS, tls });
  return { ...gateway, rates: [], cpuMicros: [], amount: 0 };
}

async function counts(gateway: GatewaySide): Promise<{ accepted: number; stored: number }> {
  return {
    accepted: await gateway.metric('swipegate_swipes_accepted_total'),
    stored: await gateway.metric('swipegate_producer_user_records_total'),
  };
}

async function startBare(roster: ChildRoster, form: 'single' | 'batch', keys: ReaderKey[]): Promise<Side> {
  const usage = new UsageReader();
  const child = await startChild({
    name: 'bare',
    module: new URL('./bare-server.js', import.meta.url),
    nodeOptions: gatewayNodeOptions,
    args: [form],
    env: usageEnv(),
    onMessage: usage.onMessage,
  });
  roster.add(child);
  return { url: String(child.ready['url']), keys, usage: () => usage.read(child), rates: [], cpuMicros: [], amount: 0 };
}

/** Runs until all code is compiled, including the rarely called code of the worker, and sets the requests per turn. */
async function warmUp(side: Side, options: AgainstBare, seconds: number): Promise<void> {
  side.amount = options.swipes > 1 ? 800 : 12_000;
  for (const length of [2, seconds, seconds, seconds]) {
    const measured = await turn(side, options, side.amount);
    side.amount = Math.ceil((measured.requests / measured.seconds) * length);
  }
  side.rates.length = 0;
  side.cpuMicros.length = 0;
}

async function turn(side: Side, options: AgainstBare, amount: number): Promise<Turn> {
  const { swipes, connections, status } = options;
  const bounded = Math.min(amount, Math.floor(MAX_REQUEST_BYTES / (swipes * BYTES_A_SWIPE)));
  const requests = swipeRequests(side.keys, Math.max(1, Math.round(bounded / connections)) * connections, swipes);
  const before = await side.usage();
  const measured = await closedLoop({ url: side.url, connections, requests });
  const after = await side.usage();
  const right = measured.statuses.get(status) ?? 0;
  if (right !== measured.requests) {
    throw new Error(`${measured.requests - right} of ${measured.requests} requests did not get status ${status}`);
  }
  const count = measured.requests * swipes;
  side.rates.push(count / measured.seconds);
  side.cpuMicros.push(((after.cpuSeconds - before.cpuSeconds) / count) * 1e6);
  return measured;
}

function report(
  options: AgainstBare,
  { ours, overTls, bare }: { ours: Side; overTls: Side; bare: Side },
  sent: number,
  json: boolean,
): void {
  const { name, swipes, connections, shards, reach, aim } = options;
  const cpu = median(ours.cpuMicros);
  const bareCpu = median(bare.cpuMicros);
  const ratio = bareCpu / cpu;
  const tlsRatio = bareCpu / median(overTls.cpuMicros);
  const throughputRatio = median(ours.rates) / median(bare.rates);
  printLines(
    `${name}: ${swipes === 1 ? 'one swipe' : `${swipes} swipes`} per request, ${connections} connections,`,
    `Kinesis answering in ${KINESIS_MS} ms, ${shards} shards; ${sent} swipes accepted, all stored`,
    'Swipes per second',
    row('gateway', ours.rates, 'swipes/s'),
    row('gateway, TLS', overTls.rates, 'swipes/s'),
    row('bare Fastify', bare.rates, 'swipes/s'),
    `  ratio ${throughputRatio.toFixed(2)}`,
    'CPU time of the process with all its threads',
    row('gateway', ours.cpuMicros, 'µs/swipe'),
    row('gateway, TLS', overTls.cpuMicros, 'µs/swipe'),
    row('bare Fastify', bare.cpuMicros, 'µs/swipe'),
    `  ratio ${ratio.toFixed(2)} (required: ${reach}; target: ${aim}; 1 is as cheap as bare Fastify)`,
    `  over TLS ${tlsRatio.toFixed(2)}`,
  );
  if (json) printJson({ name, unit: 'CPU µs/swipe', ours: cpu, baseline: bareCpu, ratio, throughputRatio, tlsRatio });
}
