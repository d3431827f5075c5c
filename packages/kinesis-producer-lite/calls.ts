import { MAX_KEY_BYTES, type Settings } from './api/options.js';
import type { Shard } from './api/shard-map.js';
import type { UserRecord } from './format/deaggregate.js';
import { DIGEST_BYTES } from './format/kpl-format.js';
import type { Lane } from './lanes/lane.js';
import type { Slab } from './lanes/slab.js';
import type { CallRecord } from './send/transport.js';

/** Calls get this much smaller after each call that stored nothing: eight calls show which eighth holds the bad record. */
const SPLIT_BY = 8;

/** A lane whose head a call takes. */
export interface Load {
  lane: Lane;
  /** The first user records of the head, to send as one Kinesis record each. Undefined: the head is sent as one. */
  apart: UserRecord[] | undefined;
}

/**
 * Groups the heads of all ready lanes into PutRecords calls.
 * A record may make each of its calls fail as a whole. Lanes whose calls store nothing share ever smaller calls, until the
 * culprit is alone.
 * @param from index of the first lane; rotate it so that each lane gets its turn when calls are scarce
 * @param freeCalls most calls to make
 * @param lingersUntil when lingering records may go (ms)
 * @param apart whether each user record is sent as a Kinesis record of its own
 * @returns the lanes of each call, and when the next lane becomes ready or its head expires (ms, or Infinity)
 */
export function gather(
  lanes: readonly Lane[],
  from: number,
  now: number,
  freeCalls: number,
  lingersUntil: number,
  apart: boolean,
  settings: Settings,
): { calls: Load[][]; nextAt: number } {
  const { recordTtlMs, maxCallRecords, maxCallBytes } = settings;
  const calls: Load[][] = [];
  /** The call being filled, by level of suspicion. */
  const filling: { loads: Load[]; records: number; bytes: number }[] = [];
  const mostTogether = apart ? maxCallRecords : lanes.length;
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
    // The end of a call triggers the next gather.
    if (freeCalls <= 0) continue;
    // One lost call proves nothing: the usual cause is a short fault.
    const level = Math.max(0, lane.lostCalls - 1);
    const most = Math.min(maxCallRecords, Math.ceil(mostTogether / SPLIT_BY ** level));
    const users = apart ? firstRecords(head.userRecords, most, maxCallBytes) : undefined;
    const records = users?.length ?? 1;
    const size = users ? bytesApart(users) : head.length + DIGEST_BYTES + MAX_KEY_BYTES;
    let call = filling[level];
    if (call === undefined || call.records + records > most || call.bytes + size > maxCallBytes) {
      // Leaves nextAt alone, too. Suspects leave a call for the others.
      if (calls.length >= (level === 0 ? freeCalls : freeCalls - 1)) continue;
      call = { loads: [], records: 0, bytes: 0 };
      filling[level] = call;
      calls.push(call.loads);
    }
    call.loads.push({ lane, apart: users });
    call.records += records;
    call.bytes += size;
  }
  return { calls, nextAt };
}

/** The first records that fit into a call, at least one. */
function firstRecords(users: UserRecord[], most: number, maxBytes: number): UserRecord[] {
  let bytes = 0;
  const end = users.findIndex((user, i) => {
    bytes += user.data.length + MAX_KEY_BYTES;
    return i > 0 && (i === most || bytes > maxBytes);
  });
  return end < 0 ? users : users.slice(0, end);
}

function bytesApart(users: readonly UserRecord[]): number {
  return users.reduce((sum, { data }) => sum + data.length + MAX_KEY_BYTES, 0);
}

/** A user record of a slab as a record of a call, with the keys that it was put with. */
export function recordApart(user: UserRecord): CallRecord {
  const { data, partitionKey, explicitHashKey } = user;
  const { buffer: memory, byteOffset: start } = data;
  return { memory, start, end: start + data.length, aggregated: false, partitionKey, explicitHashKey };
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
