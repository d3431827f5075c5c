import { type Reader, type Site, TABLES } from '@swipegate/contract';
import type { RunResult } from '@swipegate/simulator/report/result/run-result';
import { type RunOptions, run } from '@swipegate/simulator/run/run';
import { steady } from '@swipegate/simulator/scenarios/built-in';
import { wholeScenario } from '@swipegate/simulator/scenarios/scenario';
import { cardIdOf, type ReaderKey, TENANT } from '../load/swipe-bodies.js';
import type { GatewayProcess } from './gateway-process.js';
import { MemoryDynamodb } from './memory-dynamodb.js';

const READER = { buildingId: 'hq', zoneId: 'hq-offices', direction: 'out', mode: 'normal' } as const;

export interface SimulatedRun extends Pick<RunOptions, 'rate' | 'readers'> {
  /** Maximum number of swipes that wait for an answer: a person who waits does not swipe. */
  people: number;
  durationMs: number;
  onProgress?: RunOptions['onProgress'];
}

/**
 * Lets the simulator post single swipes to a gateway without decide. The ledger records and times each swipe. The run
 * waits for acknowledgements, not for decisions.
 *
 * @throws {Error} when a swipe was not accepted
 */
export async function simulatedRun(
  gateway: GatewayProcess,
  { people, onProgress = () => undefined, ...load }: SimulatedRun,
): Promise<RunResult> {
  const { client: dynamodb } = new MemoryDynamodb();
  const result = await run({
    target: gateway.url,
    site: simulatedSite(gateway.keys, people),
    keys: Object.fromEntries(gateway.keys.map(({ readerId, key }) => [readerId, key])),
    decisionsTable: TABLES.decisions,
    presenceTable: TABLES.presence,
    changesTable: undefined,
    scenario: wholeScenario({
      ...steady,
      people: { strangers: 0, lostCards: 0, wrongSide: 1 },
      readers: { perMinute: 'unlimited', waits: 'never' },
      inbound: [{ at: 0, value: 0 }],
    }),
    trace: undefined,
    warmUpMs: 0,
    seed: 1,
    exceptCards: [],
    recordFile: undefined,
    decisionPatienceMs: 0,
    swipePatienceMs: 30_000,
    threads: 1,
    shard: { index: 0, of: 1 },
    thresholds: [],
    dynamodb,
    signal: new AbortController().signal,
    onProgress,
    ...load,
  });
  if (result.counts.refused + result.counts.unanswered > 0) throw new Error(JSON.stringify(result.problems));
  return result;
}

/**
 * A site with one zone, which everyone may leave. The simulator needs no more to play the readers of a benchmark and
 * check their answers.
 */
function simulatedSite(readers: readonly ReaderKey[], people: number): Site {
  return {
    tenantId: TENANT,
    buildings: [{ buildingId: 'hq', name: 'Headquarters', timeZone: 'UTC' }],
    zones: [{ zoneId: 'hq-offices', buildingId: 'hq', name: 'Offices', antiPassback: { mode: 'none' } }],
    schedules: [],
    accessLevels: [],
    employees: [],
    readers: readers.map(({ readerId }): Reader => ({ ...READER, readerId, door: readerId })),
    cards: Array.from({ length: people }, (_, i) => ({ cardId: cardIdOf(i), status: 'active' })),
  };
}
