import type { SpoolEntry } from '../spool/spool.js';
import type { Lane } from './lane.js';
import type { HashKeyRange } from './shard-map.js';

/**
 * What one lane has to send of an entry on disk: the records within a range. That is the entry's own, until a split gives
 * each child its part; and a part it stays when children merge again, or one that is sent already would come again, and
 * overtake what the other still has to send.
 */
export interface BacklogPart extends HashKeyRange {
  readonly entry: SpoolEntry;
}

/** Gives a part to the lanes that take it: to each of several what falls to it. */
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
