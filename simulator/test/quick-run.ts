import { TABLES } from '@swipegate/contract';
import type { RunOptions } from '../run/run.js';
import { steady } from '../scenarios/built-in.js';
import { wholeScenario } from '../scenarios/scenario.js';

type Needed = 'target' | 'site' | 'keys' | 'dynamodb' | 'signal';

/** A run at unlimited turnstiles until its signal aborts. `options` override its defaults. */
export function quickRun(options: Pick<RunOptions, Needed> & Partial<RunOptions>): RunOptions {
  return {
    decisionsTable: TABLES.decisions,
    presenceTable: TABLES.presence,
    changesTable: undefined,
    scenario: wholeScenario({ ...steady, readers: { perMinute: 'unlimited' } }),
    trace: undefined,
    rate: 300,
    readers: options.site.readers.length,
    warmUpMs: 0,
    durationMs: undefined,
    seed: 5,
    exceptCards: [],
    recordFile: undefined,
    decisionPatienceMs: 30_000,
    swipePatienceMs: 30_000,
    threads: 1,
    shard: { index: 0, of: 1 },
    thresholds: [],
    onProgress: () => undefined,
    ...options,
  };
}
