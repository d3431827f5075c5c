import { contains, type HashKeyRange, type Shard, type ShardMap } from '../api/shard-map.js';
import { type KeySlot, loneRecordBytes, newKeySlot } from '../format/aggregate.js';
import { effectiveHashKey, type UserRecord } from '../format/deaggregate.js';
import { decodeMessage } from '../format/decode-message.js';
import { MAGIC_BYTES } from '../format/kpl-format.js';
import type { Lane } from './lane.js';
import { Acknowledgement, type BacklogPart, Slab } from './slab.js';
import type { SlabPool } from './slab-pool.js';

/** User records of an aggregate without digest, as views of its memory. */
function recordsIn(aggregate: Uint8Array): UserRecord[] {
  return decodeMessage(aggregate.subarray(MAGIC_BYTES)) ?? [];
}

function recordsOf(slab: Slab): UserRecord[] {
  return recordsIn(slab.bytes.subarray(0, slab.length));
}

/**
 * Whether all of a slab's user records belong to a shard. If one does not, the KCL drops the whole Kinesis record
 * (awslabs/amazon-kinesis-client, AggregatorUtil.java).
 */
export function isWithin(slab: Slab, shard: Shard): boolean {
  return recordsOf(slab).every((record) => contains(shard, effectiveHashKey(record)));
}

/**
 * Moves all waiting records, in memory and on disk, to the lanes of a new shard map, keeping their order.
 *
 * Only slabs known to be misplaced may be in flight. A misplaced slab is re-sent before everything behind it, and its
 * whole lane is moved.
 *
 * @param takeMisplaced removes a misplaced slab from its lane, and returns it if it must be sent again
 * @returns the lanes of the map's open shards, in the map's order
 */
export function relane(
  lanes: readonly Lane[],
  map: ShardMap,
  pool: SlabPool,
  newLane: (shard: Shard) => Lane,
  takeMisplaced: (lane: Lane) => Slab | undefined,
): Lane[] {
  const byId = new Map(lanes.map((lane) => [lane.shard.id, lane]));
  const next = map.open.map((shard) => byId.get(shard.id) ?? newLane(shard));
  const kept = new Set(next);
  const moves: { slab: Slab; to: number }[] = [];
  for (const lane of lanes) {
    const misplaced = takeMisplaced(lane);
    if (misplaced) moves.push(...split(misplaced, map, pool));
    else if (kept.has(lane)) continue;
    const replay = lane.dropReplay();
    if (replay) pool.release(replay.bytes.buffer);
    for (const part of lane.backlog.splice(0)) share(part, next);
    const to = map.open.findIndex((shard) => contains(shard, lane.shard.start) && contains(shard, lane.shard.end));
    for (const slab of lane.drain()) {
      if (to >= 0) moves.push({ slab, to });
      else moves.push(...split(slab, map, pool));
    }
  }
  // Each lane is already sorted by age, so this only interleaves lanes that merge.
  moves.sort((a, b) => a.slab.openedAt - b.slab.openedAt);
  for (const { slab, to } of moves) next[to]?.enqueue(slab);
  return next;
}

/** Re-encodes a slab's records into one slab per shard that they now belong to, and frees the old slab. */
function split(slab: Slab, map: ShardMap, pool: SlabPool): { slab: Slab; to: number }[] {
  const parts = new Map<number, Slab>();
  const slots = new Map<string, KeySlot>();
  for (const record of recordsOf(slab)) {
    const { partitionKey, data, explicitHashKey } = record;
    const hashKey = effectiveHashKey(record);
    const to = map.indexOfHashKey(hashKey);
    const slot = slots.get(partitionKey) ?? newKeySlot(partitionKey);
    slots.set(partitionKey, slot);
    let part = parts.get(to);
    if (!part) {
      part = new Slab(
        pool.takeRegardless(loneRecordBytes(slot, data.length, explicitHashKey)),
        slab.openedAt,
        slab.acknowledgement,
      );
      parts.set(to, part);
    }
    appendGrowing(part, record, slot, pool);
  }
  // The old slab counted as one part.
  slab.acknowledgement.addParts(parts.size - 1);
  pool.release(slab.bytes.buffer);
  return [...parts].map(([to, part]) => ({ slab: part, to }));
}

/**
 * Builds a slab of the records of an aggregate (without digest) that lie within a range. Undefined if there are none.
 * Its acknowledgement has no listeners: the records were acknowledged when they were written to disk.
 */
export function rebuild(aggregate: Uint8Array, range: HashKeyRange, pool: SlabPool): Slab | undefined {
  let slab: Slab | undefined;
  const slots = new Map<string, KeySlot>();
  for (const record of recordsIn(aggregate)) {
    if (!contains(range, effectiveHashKey(record))) continue;
    const slot = slots.get(record.partitionKey) ?? newKeySlot(record.partitionKey);
    slots.set(record.partitionKey, slot);
    slab ??= new Slab(pool.takeRegardless(aggregate.length), performance.now(), new Acknowledgement());
    appendGrowing(slab, record, slot, pool);
  }
  return slab;
}

function appendGrowing(slab: Slab, { data, explicitHashKey }: UserRecord, slot: KeySlot, pool: SlabPool): void {
  if (slab.append(slot, data, explicitHashKey)) return;
  const size = slab.sizeWith(slot, data.length, explicitHashKey);
  pool.release(slab.moveTo(pool.takeRegardless(size)));
  slab.append(slot, data, explicitHashKey);
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
