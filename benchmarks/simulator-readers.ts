/**
 * Memory per virtual reader: the resident memory of a process that runs 10,000 of them, each on its own connection,
 * divided by their number. This includes everything else in the process, so a reader costs less.
 *
 *     node benchmarks/dist/simulator-readers.js [--json] [--readers=10000]
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ChildRoster } from '@swipegate/infra/local/processes/child-roster';
import { printJson, printLines, round } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';
import { startGatewayProcess } from './stand-ins/gateway-process.js';
import { simulatedRun } from './stand-ins/simulated-run.js';

const FEW = 100;
const REACH_KB = 100;
const RATE = 1_000;
const SECONDS = 8;
const PEOPLE = 20_000;

const { readers: many, json } = readOptions(BENCHMARKS['simulator-readers']);
// Collect garbage before measuring: it is not memory that a reader needs.
setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');
const roster = new ChildRoster();
try {
  const gateway = await startGatewayProcess(roster, { streams: { swipes: 8, decisions: 1 }, delayMs: 10 });
  const few = await residentWith(FEW);
  const most = await residentWith(many);
  const kilobytes = most.bytes / many / 1_024;
  const more = (most.bytes - few.bytes) / (many - FEW) / 1_024;
  printLines(
    `simulator-readers: ${round(RATE)} swipes/s, each reader on its own connection`,
    `  ${round(FEW).padStart(7)} readers   ${round(few.bytes / 1e6).padStart(6)} MB resident, ${round(few.connections)} connections`,
    `  ${round(many).padStart(7)} readers   ${round(most.bytes / 1e6).padStart(6)} MB resident, ${round(most.connections)} connections`,
    `  ${more.toFixed(1)} KB per additional reader; ${kilobytes.toFixed(1)} KB per reader for the whole process`,
    `  (required: at most ${REACH_KB} KB; ${kilobytes <= REACH_KB ? 'met' : 'missed'})`,
  );
  const result = { ours: kilobytes, baseline: REACH_KB, ratio: REACH_KB / kilobytes };
  if (json) printJson({ name: 'simulator-readers', unit: 'KB a reader', ...result });

  /** Resident memory after a garbage collection, while this number of readers swipe. */
  async function residentWith(readers: number): Promise<{ bytes: number; connections: number }> {
    let bytes = 0;
    let connections = 0;
    let views = 0;
    await roster.guard(
      simulatedRun(gateway, {
        rate: RATE,
        readers,
        people: PEOPLE,
        durationMs: SECONDS * 1_000,
        onProgress: () => {
          if (++views !== SECONDS - 1) return;
          if (typeof collect === 'function') collect();
          bytes = process.memoryUsage.rss();
          connections = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
        },
      }),
    );
    if (connections < readers) throw new Error(`Only ${connections} connections were open`);
    return { bytes, connections };
  }
} finally {
  await roster.killAll();
}
