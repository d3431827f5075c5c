/** Progress in each shard. Losing a checkpoint is harmless: records are delivered again. */
export interface Checkpoints {
  /** Sequence number of the last processed record; undefined before the first. */
  get(shardId: string): string | undefined;
  set(shardId: string, sequenceNumber: string): void;
  /** Marks a closed shard whose records have all been processed. */
  finish(shardId: string): void;
  isFinished(shardId: string): boolean;
}

/** Checkpoints in memory. They need not outlive the process, because the emulator's streams do not either. */
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
