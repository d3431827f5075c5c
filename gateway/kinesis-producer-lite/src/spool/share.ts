import type { Lane } from '../lane.js';
import type { SpoolEntry } from './spool.js';

/** Gives an entry to every lane that takes some of a range. Each will send its own part. */
export function share(entry: SpoolEntry, range: { start: bigint; end: bigint }, lanes: readonly Lane[]): void {
  const takers = lanes.filter(({ shard }) => shard.start <= range.end && range.start <= shard.end);
  for (const lane of takers) lane.backlog.push(entry);
  entry.parts += takers.length - 1;
}
