import { MAX_KEY_BYTES, type Settings } from './api/options.js';
import type { Shard } from './api/shard-map.js';
import { DIGEST_BYTES } from './format/kpl-format.js';
import type { Lane } from './lanes/lane.js';
import type { Slab } from './lanes/slab.js';
import type { CallRecord } from './send/transport.js';

/**
 * Groups the heads of all ready lanes into PutRecords calls.
 * @param from index of the first lane; rotate it so that each lane gets its turn when calls are scarce
 * @param freeCalls most calls to make
 * @param lingersUntil when lingering records may go (ms)
 * @returns the lanes of each call, and when the next lane becomes ready or its head expires (ms, or Infinity)
 */
export function gather(
  lanes: readonly Lane[],
  from: number,
  now: number,
  freeCalls: number,
  lingersUntil: number,
  settings: Settings,
): { calls: Lane[][]; nextAt: number } {
  const { recordTtlMs, maxCallRecords, maxCallBytes } = settings;
  const calls: Lane[][] = [];
  let call: Lane[] = [];
  let bytes = 0;
  let nextAt = Number.POSITIVE_INFINITY;
  for (let i = 0; i < lanes.length; i++) {
    const lane = lanes[(from + i) % lanes.length];
    const head = lane?.head;
    if (!lane || !head) continue;
    const readyAt = lane.readyAt(lingersUntil);
    if (readyAt > now) {
      nextAt = Math.min(nextAt, readyAt, head.openedAt + recordTtlMs);
      continue;
    }
    const size = head.length + DIGEST_BYTES + MAX_KEY_BYTES;
    if (calls.length === 0 || call.length === maxCallRecords || bytes + size > maxCallBytes) {
      // Leaves nextAt alone: the end of a call triggers the next gather.
      if (calls.length >= freeCalls) continue;
      call = [];
      bytes = 0;
      calls.push(call);
    }
    call.push(lane);
    bytes += size;
  }
  return { calls, nextAt };
}

/** A slab as a record of a call. Its shard must be that of its lane. */
export function callRecord(slab: Slab, shard: Shard): CallRecord {
  const plain = slab.plainRange();
  return {
    memory: slab.bytes.buffer,
    start: plain?.start ?? 0,
    end: plain?.end ?? slab.length,
    aggregated: !plain,
    partitionKey: slab.firstKey,
    // A plain record goes by its own key, so it also reaches a shard of a split that this producer has not seen yet.
    explicitHashKey: plain ? slab.firstHashKey : shard.start.toString(),
  };
}
