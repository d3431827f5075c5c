import { messageOf } from '../api/errors.js';
import type { ProducerEvent, SpoolOptions } from '../api/options.js';
import type { Spool } from '../spool/spool.js';
import type { Lane } from './lane.js';
import { share } from './reshard.js';
import type { BacklogPart, Slab } from './slab.js';

/** Pause after a disk failure, in ms. */
const DISK_PAUSE_MS = 1_000;

export interface LaneSpoolerOptions {
  spool: Spool;
  settings: Required<SpoolOptions>;
  lingerMs: number;
  /** Called for each slab that is durable on disk. */
  onSpooled(slab: Slab): void;
  emit(event: ProducerEvent): void;
  /** Called when there may be something new to send or to wait for. */
  changed(): void;
}

/** Moves records that wait too long from memory to disk, and back when it is their turn. */
export class LaneSpooler {
  readonly #options: LaneSpoolerOptions;
  readonly #writes = new Set<Promise<void>>();
  #notBefore = 0;
  #stopped = false;
  #held = false;

  constructor(options: LaneSpoolerOptions) {
    this.#options = options;
  }

  /** False during the pause after a disk failure. */
  get healthy(): boolean {
    return performance.now() >= this.#notBefore;
  }

  /**
   * Writes overdue slabs to disk, and reads the entries that are next in turn.
   * @returns when to call again, in ms of the monotonic clock
   */
  attend(lanes: readonly Lane[], now: number): number {
    if (this.#stopped || this.#held) return Number.POSITIVE_INFINITY;
    const { settings, lingerMs } = this.#options;
    let nextAt = Number.POSITIVE_INFINITY;
    for (const lane of lanes) {
      const part = lane.startReplay();
      if (part) void this.#replay(lane, part);
      const at = Math.max(this.#notBefore, lane.spoolAt(settings.afterMs, lingerMs));
      if (at > now) nextAt = Math.min(nextAt, at);
      else this.#write(lane);
    }
    return nextAt;
  }

  async writeAll(lanes: readonly Lane[]): Promise<void> {
    await this.#idle();
    for (const lane of lanes) if (lane.oldestAt !== undefined) this.#write(lane);
    await this.#idle();
  }

  async #idle(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes);
  }

  /** Starts no reads or writes until `resume`, and waits for pending writes: each belongs to a lane, which may change. */
  async hold(): Promise<void> {
    this.#held = true;
    await this.#idle();
  }

  resume(): void {
    this.#held = false;
  }

  /** Distributes the entries of an earlier run to the lanes, in order. */
  adopt(lanes: readonly Lane[]): void {
    const { spool, emit } = this.#options;
    for (const entry of spool.left) share({ entry, start: entry.start, end: entry.end }, lanes);
    if (spool.left.length > 0 || spool.tornBytes > 0) {
      emit({ type: 'spool-recovered', entries: spool.left.length, tornBytes: spool.tornBytes });
    }
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await this.#idle();
    await this.#options.spool.close();
  }

  #write(lane: Lane): void {
    const write = this.#toDisk(lane).finally(() => {
      this.#writes.delete(write);
      this.#options.changed();
    });
    this.#writes.add(write);
  }

  async #toDisk(lane: Lane): Promise<void> {
    const { spool, onSpooled, emit } = this.#options;
    const slabs = lane.toDisk();
    if (slabs.length === 0) return;
    const { start, end, id } = lane.shard;
    const userRecords = slabs.reduce((sum, { records }) => sum + records, 0);
    try {
      const entries = await spool.append(
        slabs.map(({ bytes, length }) => ({ bytes: bytes.subarray(0, length), start, end })),
      );
      for (const slab of lane.onDisk(entries)) onSpooled(slab);
      emit({ type: 'spooled', shardId: id, userRecords });
    } catch (error) {
      lane.notOnDisk();
      this.#notBefore = performance.now() + DISK_PAUSE_MS;
      emit({ type: 'spool-failed', message: messageOf(error), userRecords });
    }
  }

  async #replay(lane: Lane, part: BacklogPart): Promise<void> {
    const { spool, emit, changed } = this.#options;
    try {
      const bytes = await spool.read(part.entry);
      if (this.#stopped || !lane.replayed(part, bytes)) return;
      const { path } = part.entry.segment;
      if (!bytes) emit({ type: 'spool-damaged', path, message: 'A checksum does not match' });
      changed();
    } catch (error) {
      emit({ type: 'spool-failed', message: messageOf(error), userRecords: 0 });
      setTimeout(() => {
        lane.notReplayed();
        changed();
      }, DISK_PAUSE_MS).unref();
    }
  }
}
