import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { compile, jsonIn } from '@swipegate/contract';
import Type from 'typebox';

const Saved = Type.Object({
  last: Type.Record(Type.String(), Type.String()),
  finished: Type.Array(Type.String()),
});
const isSaved = compile(Saved);

/** Progress in each shard. A lost checkpoint only delivers records again. */
export class Checkpoints {
  /** Sequence number of the last processed record by shard. */
  readonly #last: Map<string, string>;
  /** Closed shards whose records have all been processed. */
  readonly #finished: Set<string>;
  readonly #onChange: () => void;

  /** @param text from {@link text}; anything else starts without progress */
  constructor(text = '', onChange: () => void = () => undefined) {
    const saved = jsonIn(Buffer.from(text));
    const { last, finished } = isSaved(saved) ? saved : { last: {}, finished: [] };
    this.#last = new Map(Object.entries(last));
    this.#finished = new Set(finished);
    this.#onChange = onChange;
  }

  get(shardId: string): string | undefined {
    return this.#last.get(shardId);
  }

  set(shardId: string, sequenceNumber: string): void {
    this.#last.set(shardId, sequenceNumber);
    this.#onChange();
  }

  finish(shardId: string): void {
    this.#finished.add(shardId);
    this.#onChange();
  }

  isFinished(shardId: string): boolean {
    return this.#finished.has(shardId);
  }

  /** Current progress as JSON. */
  get text(): string {
    return JSON.stringify({ last: Object.fromEntries(this.#last), finished: Array.from(this.#finished) });
  }
}

/** Longest time for which a file lags behind, ms: a write for each batch would cost more than a few repeated batches. */
const LAG_MS = 200;

/** Checkpoints in a file, which the process reads when it is started again. */
export class CheckpointFile {
  readonly current: Checkpoints;
  readonly #file: string;
  #saving: Promise<void> | undefined;
  #saved: Promise<void> = Promise.resolve();

  private constructor(file: string, text: string, isAutomatic: boolean) {
    this.#file = file;
    this.current = new Checkpoints(text, isAutomatic ? () => this.#saveSoon() : undefined);
  }

  /** @param isAutomatic saves changes within 200 ms; otherwise only {@link save} does */
  static async open(file: string, isAutomatic = true): Promise<CheckpointFile> {
    return new CheckpointFile(file, await readFile(file, 'utf8').catch(() => ''), isAutomatic);
  }

  /** @param text default: the current progress. Rejects with errors of the file system */
  save(text = this.current.text): Promise<void> {
    // One after the other, because they share the draft.
    this.#saved = this.#saved.catch(() => undefined).then(() => this.#write(text));
    return this.#saved;
  }

  async #write(text: string): Promise<void> {
    const draft = `${this.#file}.draft`;
    await writeFile(draft, text);
    await rename(draft, this.#file);
  }

  /** Saves what is not saved yet. */
  async close(): Promise<void> {
    await this.#saving;
    await this.save();
  }

  #saveSoon(): void {
    this.#saving ??= delay(LAG_MS, undefined, { ref: false }).then(async () => {
      this.#saving = undefined;
      await this.save().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    });
  }
}
