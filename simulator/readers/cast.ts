import type { Reader, Site } from '@swipegate/contract';
import { valueAt, type WholeScenario } from '../scenarios/scenario.js';
import { shareOfRun } from '../schedule/rate-plan.js';

/** Planned share of turnstile capacity. The rest absorbs random peaks. */
const UTILISATION = 0.75;
/** Points of a run that are sampled to find its peak need of readers. */
const MOMENTS = 400;

/**
 * Chooses the virtual readers of one load worker: its share of `count`, with the candidates in rotation. It gets at
 * least one of each kind of door, because people who went in must be able to come out.
 */
export function castOf(candidates: readonly Reader[], count: number, worker: { index: number; of: number }): Reader[] {
  const kinds = new Map<string, Reader[]>();
  for (const reader of candidates) {
    const kind = [reader.buildingId, reader.zoneId, reader.outerZoneId, reader.direction].join();
    const same = kinds.get(kind) ?? [];
    kinds.set(kind, same);
    same.push(reader);
  }
  // Grouped by kind, so that every worker gets its share of each.
  const inTurn = Array.from(kinds.values()).flat();
  const cast: Reader[] = [];
  for (let i = worker.index; i < count; i += worker.of) {
    const reader = inTurn[i % inTurn.length];
    if (reader !== undefined) cast.push(reader);
  }
  const played = new Set(cast);
  for (const same of kinds.values()) if (!same.some((reader) => played.has(reader))) cast.push(...same.slice(0, 1));
  return cast;
}

/** Readers of a site that can be simulated: those with a key that do not lead into or out of a zone in `except`. */
export function playable(site: Site, keys: Readonly<Record<string, string>>, except: ReadonlySet<string>): Reader[] {
  return site.readers.filter(
    ({ readerId, zoneId, outerZoneId }) =>
      keys[readerId] !== undefined && !except.has(zoneId) && !except.has(outerZoneId ?? ''),
  );
}

/** Number of virtual readers that a scenario needs at the pace of its turnstiles; 1 if the pace is unlimited. */
export function readersNeeded(candidates: readonly Reader[], scenario: WholeScenario, rate: number): number {
  const { perMinute } = scenario.readers;
  if (perMinute === 'unlimited') return 1;
  const capacity = (UTILISATION * perMinute) / 60;
  const course = { warmUpMs: 0, durationMs: MOMENTS };
  let most = 1;
  for (const direction of ['in', 'out'] as const) {
    const serving = candidates.filter((reader) => reader.direction === direction || reader.direction === 'both');
    if (serving.length === 0) continue;
    let peak = 0;
    for (let moment = 0; moment <= MOMENTS; moment++) {
      const at = shareOfRun(moment, course);
      const inbound = valueAt(scenario.inbound, at);
      peak = Math.max(peak, rate * valueAt(scenario.profile, at) * (direction === 'in' ? inbound : 1 - inbound));
    }
    most = Math.max(most, (peak / capacity) * (candidates.length / serving.length));
  }
  return Math.ceil(most);
}
