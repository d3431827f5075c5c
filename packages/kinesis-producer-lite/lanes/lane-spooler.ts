import { messageOf } from '../api/errors.js';
import type { ProducerEvent, SpoolOptions } from '../api/options.js';
import type { SpoolEntry } from '../spool/segment.js';
import type { Spool } from '../spool/spool.js';
import type { Lane } from './lane.js';
import { rebuild, share } from './reshard.js';
import type { PutReceipt, Slab } from './slab.js';
import type { SlabPool } from './slab-pool.js';

/** Pause after a disk failure, in ms. */
const DISK_PAUSE_MS = 1_000;

export interface LaneSpoolerParts {
  spool: Spool;
  settings: Required<SpoolOptions>;
  lingerMs: number;
  pool: SlabPool;
  acknowledge(slab: Slab, receipt: PutReceipt): void;
  emit(event: ProducerEvent): void;
  /** Called when there may be something new to send or to wait for. */
  changed(): void;
}

/** Moves records that wait too long from memory to disk, and back when it is their turn. */
export class LaneSpooler {
  readonly #parts: LaneSpoolerParts;
  readonly #writes = new Set<Promise<void>>();
  #notBefore = 0;
  #stopped = false;
  /** While true, no reads or writes start: the lanes are about to change. */
  held = false;

  constructor(parts: LaneSpoolerParts) {
    this.#parts = parts;
  }

  /** False during the pause after a disk failure. */
  get healthy(): boolean {
    return performance.now() >= this.#notBefore;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#parts.spool.bytes;
  }

  /**
   * Writes overdue slabs to disk, and reads the entries that are next in turn.
   * @returns when to call again, in ms of the monotonic clock
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

  /** Writes everything in memory to disk, and waits for it. */
  async writeAll(lanes: readonly Lane[]): Promise<void> {
    await this.idle();
    for (const lane of lanes) if (lane.oldestAt !== undefined) this.#write(lane);
    await this.idle();
  }

  /** Waits for pending writes. */
  async idle(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes);
  }

  /** Call when the stream has stored a slab. @returns whether the slab's memory is still in use */
  stored(lane: Lane, slab: Slab): boolean {
    if (slab.part) this.#parts.spool.release(slab.part.entry);
    slab.storedWhileSpooling = lane.spooling.includes(slab);
    return slab.storedWhileSpooling;
  }

  /** Distributes the entries of an earlier run to the lanes, in order. */
  adopt(lanes: readonly Lane[]): void {
    const { spool, emit } = this.#parts;
    for (const entry of spool.left) share({ entry, start: entry.start, end: entry.end }, lanes);
    if (spool.left.length > 0 || spool.tornBytes > 0) {
      emit({ type: 'spool-recovered', entries: spool.left.length, tornBytes: spool.tornBytes });
    }
  }

  /** Waits for pending writes and closes the spool. */
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
      // A reshard may have moved the entry to other lanes in the meantime.
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
