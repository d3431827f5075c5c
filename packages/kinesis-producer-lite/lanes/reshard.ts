import { contains, type HashKeyRange, type Shard, type ShardMap } from '../api/shard-map.js';
import { loneRecordBytes } from '../format/aggregate.js';
import { effectiveHashKey } from '../format/deaggregate.js';
import type { Lane } from './lane.js';
import { type BacklogPart, Slab, SlotCache, WHOLE } from './slab.js';
import type { SlabPool } from './slab-pool.js';

/**
 * Moves all waiting records, in memory and on disk, to the lanes of a new shard map, keeping their order.
 * No call may be in flight. A lane whose record was stored by another shard must not have an open shard in the map.
 * @returns the lanes of the map's open shards, in the map's order
 */
export function relane(lanes: readonly Lane[], map: ShardMap, pool: SlabPool, newLane: (shard: Shard) => Lane): Lane[] {
  const byId = new Map(lanes.map((lane) => [lane.shard.id, lane]));
  const next = map.open.map((shard) => byId.get(shard.id) ?? newLane(shard));
  const kept = new Set(next);
  const moves: { slab: Slab; to: number }[] = [];
  for (const lane of lanes) {
    if (kept.has(lane)) continue;
    const { parts, slabs } = lane.moveOut();
    for (const part of parts) share(part, next);
    const to = map.open.findIndex((shard) => contains(shard, lane.shard.start) && contains(shard, lane.shard.end));
    for (const slab of slabs) {
      if (to >= 0) moves.push({ slab, to });
      else moves.push(...split(slab, map, pool));
    }
  }
  // Each lane is already sorted by age, so this only interleaves lanes that merge.
  moves.sort((a, b) => a.slab.openedAt - b.slab.openedAt);
  for (const { slab, to } of moves) next[to]?.moveIn(slab);
  return next;
}

/** Re-encodes a slab's records into one slab per shard that they now belong to, and frees the old slab. */
function split(slab: Slab, map: ShardMap, pool: SlabPool): { slab: Slab; to: number }[] {
  const parts = new Map<number, Slab>();
  const slots = new SlotCache();
  for (const record of slab.userRecords) {
    const { data, explicitHashKey } = record;
    const to = map.indexOfHashKey(effectiveHashKey(record));
    const slot = slots.of(record);
    let part = parts.get(to);
    if (!part) {
      const buffer = pool.takeRegardless(loneRecordBytes(slot, data.length, explicitHashKey));
      part = new Slab(buffer, slab.openedAt, slab.shared, cut(slab.range ?? WHOLE, map.open[to] ?? WHOLE));
      parts.set(to, part);
    }
    part.appendGrowing(record, slot, pool, slab.own[record.subSequence]);
  }
  // The old slab counted as one part.
  slab.shared?.addParts(parts.size - 1);
  pool.release(slab.bytes.buffer);
  return [...parts].map(([to, part]) => ({ slab: part, to }));
}

/** Intersection of two ranges that overlap. */
function cut({ start, end }: HashKeyRange, other: HashKeyRange): HashKeyRange {
  return { start: other.start > start ? other.start : start, end: other.end < end ? other.end : end };
}

/** Adds a part to the backlog of each lane that overlaps it, cut to the lane's range. */
export function share({ entry, start, end }: BacklogPart, lanes: readonly Lane[]): void {
  const takers = lanes.filter(({ shard }) => shard.start <= end && start <= shard.end);
  for (const lane of takers) {
    lane.moveInFromDisk({ entry, ...cut({ start, end }, lane.shard) });
  }
  entry.parts += takers.length - 1;
}
