import type { RunResult } from '../result/run-result.js';
import { sampleRun } from './sample-run.js';

/** Tries to break out of text, attributes, scripts and styles. */
export const HOSTILE = `</script></style></title><img src=x onerror="window.broken=1"><script>window.broken=1</script>"'><b>&amp;\u202e\u0000\n`;

/** A result in which every foreign text is hostile. */
export function hostileRun(): RunResult {
  const run = sampleRun({ seconds: 20, readers: 3 });
  return {
    ...run,
    ok: false,
    valid: false,
    invalidBecause: [HOSTILE],
    scenario: HOSTILE,
    target: HOSTILE,
    startedAt: HOSTILE,
    shard: HOSTILE,
    faults: { ...run.faults, lost: 1 },
    examples: [HOSTILE],
    outcomes: { granted: { [HOSTILE]: 3 }, denied: { ['__proto__']: 4 }, recorded: { [HOSTILE]: 1 } },
    problems: { [HOSTILE]: 1 },
    perReader: [{ readerId: HOSTILE, swipes: 3, denied: 1, errors: 1, ackP99: 4 }],
    thresholds: [{ expression: HOSTILE, actual: 1, ok: false }],
    unjudgedZones: [HOSTILE],
    attacks: { [HOSTILE]: { sent: 2, repelled: 1 }, ['__proto__']: { sent: 1, repelled: 1 } },
    probes: [{ rate: 5, acceptedPerSecond: 4, ok: false, because: [HOSTILE], ackP99: 3, decisionP99: null }],
  };
}
