import type { HashKeyRange } from '../api/shard-map.js';
import type { SpoolEntry } from '../spool/spool.js';
import type { Lane } from './lane.js';

/**
 * The records of an entry on disk that one lane must send: those within a range. Initially the range of the entry; a
 * split gives each child its part. Parts are not joined when children merge again: one that was already sent would be
 * sent twice, and overtake the other.
 */
export interface BacklogPart extends HashKeyRange {
  readonly entry: SpoolEntry;
}

/** Adds a part to the backlog of each lane that overlaps it, cut to the lane's range. */
export function share({ entry, start, end }: BacklogPart, lanes: readonly Lane[]): void {
  const takers = lanes.filter(({ shard }) => shard.start <= end && start <= shard.end);
  for (const { shard, backlog } of takers) {
    backlog.push({
      entry,
      start: shard.start > start ? shard.start : start,
      end: shard.end < end ? shard.end : end,
    });
  }
  entry.parts += takers.length - 1;
}
