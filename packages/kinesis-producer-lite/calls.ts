import { MAX_KEY_BYTES, type Settings } from './api/options.js';
import type { Shard } from './api/shard-map.js';
import { DIGEST_BYTES } from './format/kpl-format.js';
import type { Lane } from './lanes/lane.js';
import type { Slab } from './lanes/slab.js';
import type { CallRecord } from './send/transport.js';

/** Calls get this much smaller after each call that stored nothing: eight calls show which eighth holds the bad record. */
const SPLIT_BY = 8;

/**
 * Groups the heads of all ready lanes into PutRecords calls.
 * A record may make each of its calls fail as a whole. Lanes whose calls store nothing share ever smaller calls, until the
 * culprit is alone.
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
  /** The call being filled, by level of suspicion. */
  const filling: { lanes: Lane[]; bytes: number }[] = [];
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
    // One lost call proves nothing: the usual cause is a short fault.
    const level = Math.max(0, lane.lostCalls - 1);
    const most = Math.min(maxCallRecords, Math.ceil(lanes.length / SPLIT_BY ** level));
    let call = filling[level];
    if (call === undefined || call.lanes.length >= most || call.bytes + size > maxCallBytes) {
      // Leaves nextAt alone: the end of a call triggers the next gather. Suspects leave a call for the others.
      if (calls.length >= (level === 0 ? freeCalls : freeCalls - 1)) continue;
      call = { lanes: [], bytes: 0 };
      filling[level] = call;
      calls.push(call.lanes);
    }
    call.lanes.push(lane);
    call.bytes += size;
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
