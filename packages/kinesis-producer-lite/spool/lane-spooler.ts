import { messageOf } from '../api/errors.js';
import type { ProducerEvent } from '../api/events.js';
import type { SpoolOptions } from '../api/options.js';
import type { PutReceipt } from '../lanes/acknowledgement.js';
import { share } from '../lanes/backlog-part.js';
import type { Lane } from '../lanes/lane.js';
import { rebuild } from '../lanes/reshard.js';
import type { Slab } from '../lanes/slab.js';
import type { SlabPool } from '../lanes/slab-pool.js';
import type { Spool, SpoolEntry } from './spool.js';

/** After a failure of the disk, it is left alone for this long, in ms. */
const DISK_PAUSE_MS = 1_000;

export interface LaneSpoolerParts {
  spool: Spool;
  settings: Required<SpoolOptions>;
  lingerMs: number;
  pool: SlabPool;
  acknowledge(slab: Slab, receipt: PutReceipt): void;
  emit(event: ProducerEvent): void;
  /** There is something else to send, or to wait for. */
  changed(): void;
}

/** Moves what waits too long from memory to disk, and back when it is its turn. */
export class LaneSpooler {
  readonly #parts: LaneSpoolerParts;
  readonly #writes = new Set<Promise<void>>();
  #notBefore = 0;
  #stopped = false;
  /** While the lanes are about to change, nothing may begin. */
  held = false;

  constructor(parts: LaneSpoolerParts) {
    this.#parts = parts;
  }

  /** False while the disk takes nothing. */
  get healthy(): boolean {
    return performance.now() >= this.#notBefore;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#parts.spool.bytes;
  }

  /**
   * Sends what is overdue to disk, and reads what is next in turn.
   * @returns when to ask again, ms of the monotonic clock
   */
  attend(lanes: readonly Lane[], now: number): number {
    if (this.#stopped || this.held) return Number.POSITIVE_INFINITY;
    const { afterMs } = this.#parts.settings;
    let nextAt = Number.POSITIVE_INFINITY;
    for (const lane of lanes) {
      if (lane.wantsReplay) void this.#load(lane, lanes);
      const at = Math.max(this.#notBefore, lane.spoolAt(afterMs, this.#parts.lingerMs));
      if (at > now) nextAt = Math.min(nextAt, at);
      else this.#write(lane);
    }
    return nextAt;
  }

  /** Sends all to disk that is in memory, and waits for it. */
  async writeAll(lanes: readonly Lane[]): Promise<void> {
    await this.idle();
    for (const lane of lanes) if (lane.oldestAt !== undefined) this.#write(lane);
    await this.idle();
  }

  /** Waits for what is on its way to disk. */
  async idle(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes);
  }

  /** The stream has what a slab holds. @returns whether its memory is still in use */
  stored(lane: Lane, slab: Slab): boolean {
    if (slab.part) this.#parts.spool.release(slab.part.entry);
    slab.storedWhileSpooling = lane.spooling.includes(slab);
    return slab.storedWhileSpooling;
  }

  /** Gives what an earlier run left to the lanes, in order. */
  adopt(lanes: readonly Lane[]): void {
    const { spool, emit } = this.#parts;
    for (const entry of spool.left) share({ entry, start: entry.start, end: entry.end }, lanes);
    if (spool.left.length > 0 || spool.tornBytes > 0) {
      emit({ type: 'spool-recovered', entries: spool.left.length, tornBytes: spool.tornBytes });
    }
  }

  /** Begins nothing more, and leaves the disk. */
  async close(): Promise<void> {
    this.#stopped = true;
    await this.idle();
    await this.#parts.spool.close();
  }

  #write(lane: Lane): void {
    const write = this.#toDisk(lane).finally(() => {
      this.#writes.delete(write);
      this.#parts.changed();
    });
    this.#writes.add(write);
  }

  async #toDisk(lane: Lane): Promise<void> {
    const { spool, pool, emit } = this.#parts;
    const slabs = lane.startSpooling();
    if (slabs.length === 0) return;
    const { start, end, id } = lane.shard;
    const userRecords = slabs.reduce((sum, { records }) => sum + records, 0);
    try {
      const entries = await spool.append(
        slabs.map(({ bytes, length }) => ({ bytes: bytes.subarray(0, length), start, end })),
      );
      lane.spooling = [];
      slabs.forEach((slab, i) => {
        this.#onDisk(lane, slab, entries[i]);
      });
      emit({ type: 'spooled', shardId: id, userRecords });
    } catch (error) {
      for (const slab of slabs) if (slab.storedWhileSpooling) pool.release(slab.bytes.buffer);
      lane.stopSpooling();
      this.#notBefore = performance.now() + DISK_PAUSE_MS;
      emit({ type: 'spool-failed', message: messageOf(error), userRecords });
    }
  }

  #onDisk(lane: Lane, slab: Slab, entry: SpoolEntry | undefined): void {
    const { spool, pool, acknowledge } = this.#parts;
    if (entry === undefined) return;
    if (slab.storedWhileSpooling) {
      spool.release(entry);
      pool.release(slab.bytes.buffer);
      return;
    }
    slab.part = { entry, start: entry.start, end: entry.end };
    lane.backlog.push(slab.part);
    acknowledge(slab, { durable: 'spool' });
    if (slab === lane.inFlight) return;
    if (lane.backlog.length === 1 && !lane.inFlight) lane.setReplay(slab);
    else pool.release(slab.bytes.buffer);
  }

  async #load(lane: Lane, lanes: readonly Lane[]): Promise<void> {
    const { spool, pool, emit, changed } = this.#parts;
    const [part] = lane.backlog;
    if (!part) return;
    const { entry } = part;
    lane.loading = true;
    try {
      const bytes = await spool.read(entry);
      lane.loading = false;
      // A reshard may have given the entry to other lanes meanwhile.
      if (this.#stopped || lane.backlog[0] !== part) return;
      if (!bytes) emit({ type: 'spool-damaged', path: entry.segment.path, message: 'A checksum does not match' });
      const slab = bytes && rebuild(bytes, part, pool);
      if (slab) {
        slab.part = part;
        lane.setReplay(slab);
      } else {
        lane.backlog.shift();
        spool.release(entry);
      }
      changed();
    } catch (error) {
      emit({ type: 'spool-failed', message: messageOf(error), userRecords: 0 });
      setTimeout(() => {
        lane.loading = false;
        if (lanes.includes(lane)) changed();
      }, DISK_PAUSE_MS).unref();
    }
  }
}
