/**
 * What a virtual reader costs in memory: the resident memory of a process that runs ten thousand of them, each on a connection of
 * its own, shared out among them; all else that the process holds is counted too, so a reader costs less.
 *
 *     node dist/benchmarks/simulator-readers.js [--json] [--readers=10000]
 */

import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ChildRoster } from '../infra/local/child-roster.js';
import { run } from '../simulator/run.js';
import { wholeScenario } from '../simulator/scenarios/scenario.js';
import { steady } from '../simulator/scenarios/steady.js';
import { printJson, round } from './parts/figures.js';
import { startGatewayProcess } from './parts/gateway-process.js';
import { MemoryDynamodb } from './parts/memory-dynamodb.js';
import { keysByReader, simulatedSite } from './parts/simulated-site.js';

const FEW = 100;
const REACH_KB = 100;
const RATE = 1_000;
const SECONDS = 8;

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, readers: { type: 'string', default: '10000' } },
});
const many = Number(values.readers);
// What lies about uncollected is not what a reader needs.
setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');
const roster = new ChildRoster();
try {
  const gateway = await startGatewayProcess(roster, { streams: { swipes: 8, decisions: 1 }, delayMs: 10 });
  const site = simulatedSite(gateway.keys, 20_000);
  const keys = keysByReader(gateway.keys);
  const few = await residentWith(FEW);
  const most = await residentWith(many);
  const kilobytes = most.bytes / many / 1_024;
  const more = (most.bytes - few.bytes) / (many - FEW) / 1_024;
  process.stdout.write(
    [
      `simulator-readers: ${round(RATE)} swipes/s, each reader on a connection of its own`,
      `  ${round(FEW).padStart(7)} readers   ${round(few.bytes / 1e6).padStart(6)} MB resident, ${round(few.connections)} connections`,
      `  ${round(many).padStart(7)} readers   ${round(most.bytes / 1e6).padStart(6)} MB resident, ${round(most.connections)} connections`,
      `  a reader more costs ${more.toFixed(1)} KB; the whole process has ${kilobytes.toFixed(1)} KB a reader`,
      `  (set out to need ${REACH_KB} at most: ${kilobytes <= REACH_KB ? 'reached' : 'missed'})`,
      '',
    ].join('\n'),
  );
  if (values.json) {
    printJson({
      name: 'simulator-readers',
      unit: 'KB a reader',
      ours: kilobytes,
      baseline: REACH_KB,
      ratio: REACH_KB / kilobytes,
    });
  }

  /** Resident memory while so many readers swipe, after a collection. */
  async function residentWith(readers: number): Promise<{ bytes: number; connections: number }> {
    const { client } = new MemoryDynamodb();
    let bytes = 0;
    let connections = 0;
    let views = 0;
    const result = await roster.guard(
      run({
        target: gateway.url,
        site,
        keys,
        decisionsTable: 'swipegate-decisions',
        presenceTable: 'swipegate-presence',
        scenario: wholeScenario({
          ...steady,
          people: { strangers: 0, lostCards: 0, wrongSide: 1 },
          readers: { perMinute: 'unlimited', waits: 'never' },
          inbound: [{ at: 0, value: 0 }],
        }),
        trace: undefined,
        rate: RATE,
        readers,
        warmUpMs: 0,
        durationMs: SECONDS * 1_000,
        seed: 1,
        exceptCards: [],
        recordFile: undefined,
        decisionPatienceMs: 0,
        swipePatienceMs: 30_000,
        threads: 1,
        shard: { index: 0, of: 1 },
        thresholds: [],
        dynamodb: client,
        signal: new AbortController().signal,
        onProgress: () => {
          if (++views !== SECONDS - 1) return;
          if (typeof collect === 'function') collect();
          bytes = process.memoryUsage.rss();
          connections = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
        },
      }),
    );
    if (result.counts.refused + result.counts.unanswered > 0) throw new Error(JSON.stringify(result.problems));
    if (connections < readers) throw new Error(`Only ${connections} connections were open`);
    return { bytes, connections };
  }
} finally {
  await roster.killAll();
}
