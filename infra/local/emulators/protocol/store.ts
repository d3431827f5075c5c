import { jsonIn } from '@swipegate/contract';
import { Level } from 'level';

/** Rows of one part of an emulator's state, by key. */
export interface Rows {
  put(key: string, value: object): void;
  delete(key: string): void;
}

type Change = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

/**
 * State of the emulators on disk, as JSON rows. Changes are written together with {@link flush}, before a call is answered:
 * kill -9 loses nothing that was answered. The file system may hold them back, so a power cut can lose the last seconds.
 */
export class Store implements Rows {
  readonly #level: Level<string, string> | undefined;
  readonly #saved: ReadonlyMap<string, unknown>;
  #changes: Change[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(level: Level<string, string> | undefined, saved: ReadonlyMap<string, unknown>) {
    this.#level = level;
    this.#saved = saved;
  }

  /** Keeps nothing. */
  static none(): Store {
    return new Store(undefined, new Map());
  }

  /** Rejects if another process has it open. */
  static async open(folder: string): Promise<Store> {
    const level = new Level<string, string>(folder);
    await level.open();
    const saved = new Map<string, unknown>();
    for await (const [key, value] of level.iterator()) saved.set(key, jsonIn(Buffer.from(value)));
    return new Store(level, saved);
  }

  /** A row as of the opening. */
  get(key: string): unknown {
    return this.#saved.get(key);
  }

  /** Rows as of the opening whose key starts with a prefix, with the rest of the key, in order. */
  *under(prefix: string): Generator<[key: string, value: unknown]> {
    for (const [key, value] of this.#saved) if (key.startsWith(prefix)) yield [key.slice(prefix.length), value];
  }

  /** Rows whose keys get a prefix. */
  part(prefix: string): Rows {
    return {
      put: (key, value) => this.put(prefix + key, value),
      delete: (key) => this.delete(prefix + key),
    };
  }

  put(key: string, value: object): void {
    if (this.#level !== undefined) this.#changes.push({ type: 'put', key, value: JSON.stringify(value) });
  }

  delete(key: string): void {
    if (this.#level !== undefined) this.#changes.push({ type: 'del', key });
  }

  /** Resolves when all changes so far are in the file. Calls that come meanwhile share the next write. */
  async flush(): Promise<void> {
    const level = this.#level;
    if (level === undefined) return;
    this.#writing = this.#writing.then(async () => {
      const changes = this.#changes;
      this.#changes = [];
      if (changes.length > 0) await level.batch(changes);
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#level?.close();
  }
}

/** Key whose text sorts as the number. */
export function orderKey(order: number): string {
  return String(order).padStart(16, '0');
}
