/** How far each shard has been handed over and done. A place that is lost is no harm: records come again. */
export interface Checkpoints {
  /** Sequence number of the last record that is done; undefined before the first. */
  get(shardId: string): string | undefined;
  set(shardId: string, sequenceNumber: string): void;
  /** The shard has ended, and so has all that was in it. */
  finish(shardId: string): void;
  isFinished(shardId: string): boolean;
}

/** Lives as long as the process: so do the emulator's streams. */
export class MemoryCheckpoints implements Checkpoints {
  readonly #places = new Map<string, string>();
  readonly #finished = new Set<string>();

  get(shardId: string): string | undefined {
    return this.#places.get(shardId);
  }

  set(shardId: string, sequenceNumber: string): void {
    this.#places.set(shardId, sequenceNumber);
  }

  finish(shardId: string): void {
    this.#finished.add(shardId);
  }

  isFinished(shardId: string): boolean {
    return this.#finished.has(shardId);
  }
}
